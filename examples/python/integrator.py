"""A small WhatsApp integration with Encore offers, in one file and with the
standard library only (Python 3.9 or newer). To see it against the sandbox:

    encore-sandbox run --webhook http://127.0.0.1:3000/webhook -- python3 examples/python/integrator.py

The sandbox sets these environment variables for the command. In production
they hold the real values; the base URLs then default to Encore's and Meta's.

    ENCORE_BASE_URL  ENCORE_API_KEY  GRAPH_BASE_URL  GRAPH_ACCESS_TOKEN
    META_APP_SECRET  META_VERIFY_TOKEN  WHATSAPP_PHONE_NUMBER_ID
    OPERATOR_CLIENT_ID  OPERATOR_CLIENT_NAME  PORT (3000)  OFFER_CAP (3)
    IDLE_GAP_SECONDS (86400)  HOST (127.0.0.1; 0.0.0.0 in a container)

Webhook, 200, then for each thread in the order of its messages: first message or
back after the idle gap, and below the cap? Encore, its payload to Graph, the
normal reply. Threads are in memory.
"""
import hashlib
import hmac
import http.client
import json
import os
import queue
import re
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

REPLY = "Thanks for your message! Our team will get back to you shortly."
OFFERS = "/encore/publisher/sdk/v1/offers"
CALL_TIMEOUT = 2  # seconds, of one call to Encore
OFFER_BUDGET = 11  # seconds from its arrival, after which Encore is not called again for a message
SEND_TIMEOUT = 10  # seconds, of one message to Graph
NOT_MESSAGES = ("reaction", "unsupported", "system")
# A link to encorekit.com or a subdomain in a JSON body.
ENCORE_LINK = re.compile(r'https?://([a-z0-9-]+\.)*encorekit\.com(["/\\?#: ]|$)', re.IGNORECASE)


def setting(name, fallback=None):
    value = os.environ.get(name) or fallback
    if value is None:
        sys.exit(f"set the environment variable {name}")
    return value


ENCORE_URL = setting("ENCORE_BASE_URL", "https://api.encorekit.com").rstrip("/")
ENCORE_KEY = setting("ENCORE_API_KEY")
GRAPH_URL = setting("GRAPH_BASE_URL", "https://graph.facebook.com").rstrip("/")
GRAPH_TOKEN = setting("GRAPH_ACCESS_TOKEN")
APP_SECRET = setting("META_APP_SECRET").encode()
VERIFY_TOKEN = setting("META_VERIFY_TOKEN")
PHONE_NUMBER_ID = setting("WHATSAPP_PHONE_NUMBER_ID")
OPERATOR = {"clientId": setting("OPERATOR_CLIENT_ID"), "clientName": setting("OPERATOR_CLIENT_NAME")}
CAP = int(setting("OFFER_CAP", "3"))
IDLE_GAP = int(setting("IDLE_GAP_SECONDS", "86400"))

lock = threading.Lock()  # of the four below
conversations = {}  # by the customer's number
seen = set()  # inbound message ids; Meta delivers at least once
impressions = {}  # message id of a sent offer: impressionId
opted_out = set()  # numbers of customers who want no marketing


class Refused(Exception):
    """A call that was not answered as hoped. lost: no whole answer came."""

    def __init__(self, who, status, text, lost=False):
        super().__init__(f"{who} answered {status}: {text[:200]}")
        self.status, self.lost = status, lost


class Conversation:
    """One thread. Its messages are answered one after the other."""

    def __init__(self):
        self.inbox = queue.Queue()
        self.last = None  # newest inbound timestamp
        self.offers = 0  # accepted messages with a link to Encore
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            message, arrived = self.inbox.get()
            for step in (self.offer, self.reply):
                try:
                    step(message, arrived)
                except Exception as problem:  # an offer that failed never costs the reply
                    log(f"{message['id']}: {problem}")

    def due(self, message):
        """Is the message a trigger, and does the cap leave room?"""
        at = int(message["timestamp"])
        trigger = self.last is None or at - self.last >= IDLE_GAP
        self.last = max(at, self.last or at)
        return trigger and self.offers < CAP and message["from"] not in opted_out

    def offer(self, message, arrived):
        if not self.due(message):
            return
        answer = ask(message, arrived)
        if answer["message"] is None:  # no offer for this customer
            return
        sent = self.send(answer["message"]["payload"])  # as Encore composed it
        with lock:
            impressions[sent] = answer["impressionId"]

    def reply(self, message, _):
        self.send({"messaging_product": "whatsapp", "to": message["from"], "type": "text", "text": {"body": REPLY}})

    def send(self, message):
        """Posts a message to Graph, waits for the answer and counts accepted offers."""
        body = json.dumps(message, ensure_ascii=False)
        target = f"{GRAPH_URL}/v22.0/{PHONE_NUMBER_ID}/messages"
        answer = post("graph", target, {"Authorization": f"Bearer {GRAPH_TOKEN}"}, body, SEND_TIMEOUT)
        if ENCORE_LINK.search(body):
            self.offers += 1
        return answer["messages"][0]["id"]


def ask(message, arrived):
    """Calls Encore; 429, 503 and a lost answer are tried three times more with the same message id."""
    body = json.dumps({
        **OPERATOR, "messagingPlatform": "whatsapp", "recipient": message["from"], "inboundMessageId": message["id"],
        "inboundTimestamp": int(message["timestamp"]), "chatId": f"{PHONE_NUMBER_ID}-{message['from']}",
    })
    problem = None
    for pause in (0, 0.2, 1, 5):
        pause = jitter(pause, message["id"])
        if time.monotonic() - arrived + pause > OFFER_BUDGET:
            break
        time.sleep(pause)
        try:
            return post("encore", f"{ENCORE_URL}{OFFERS}/message", {"X-API-Key": ENCORE_KEY}, body, CALL_TIMEOUT)
        except Refused as refused:
            problem = refused
            if not refused.lost and refused.status not in (429, 503):
                break
    raise problem


def jitter(pause, message_id):
    """Spreads pauses by up to 30 % either way, by message, so that many retries do not meet."""
    return pause * (70 + hashlib.sha256(f"{message_id}{pause}".encode()).digest()[0] % 61) / 100


def confirm(status):
    """Tells Encore once that the offer reached the customer's phone."""
    with lock:
        impression = impressions.pop(status["id"], None)
    if impression is None:
        return
    target = f"{ENCORE_URL}{OFFERS}/impressions/{quote(impression, safe='')}/delivered"
    body = json.dumps({"deliveredTimestamp": int(status["timestamp"])})
    try:
        post("encore", target, {"X-API-Key": ENCORE_KEY}, body, CALL_TIMEOUT)
    except Refused as problem:
        log(problem)


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # a redirect is an answer like any other


opener = urllib.request.build_opener(KeepRedirects)


def post(who, target, headers, body, timeout):
    """Makes one call and returns its JSON answer."""
    request = urllib.request.Request(target, body.encode(), {"Content-Type": "application/json", **headers})
    status, end = 0, time.monotonic() + timeout
    try:
        try:
            answer = opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            status, text = answer.status, read(answer, end)
    except (OSError, http.client.HTTPException) as problem:
        raise Refused(who, status, str(problem), lost=True) from None
    if status != 200:
        raise Refused(who, status, text)
    return json.loads(text)


def read(answer, end):
    """Reads a body until its end; the timeout of a socket is only that of one read."""
    parts = []
    while part := answer.read1(65536):
        parts.append(part)
        if time.monotonic() > end:
            raise TimeoutError("the answer came too slowly")
    if getattr(answer, "length", 0):
        raise http.client.IncompleteRead(b"".join(parts), answer.length)
    return b"".join(parts).decode()


def accept(value):
    if value.get("metadata", {}).get("phone_number_id") != PHONE_NUMBER_ID:
        return
    for preference in value.get("user_preferences", []):
        with lock:
            (opted_out.add if preference["value"] == "stop" else opted_out.discard)(preference["wa_id"])
    for message in value.get("messages", []):
        enqueue(message)
    for status in value.get("statuses", []):
        if status["status"] == "delivered":
            threading.Thread(target=confirm, args=(status,), daemon=True).start()


def enqueue(message):
    """Leaves out redelivered messages, and what is no message to be answered."""
    if not message.get("from") or message["type"] in NOT_MESSAGES:
        return
    with lock:
        if message["id"] in seen:
            return
        seen.add(message["id"])
        conversation = conversations.get(message["from"])
        if conversation is None:
            conversation = conversations[message["from"]] = Conversation()
        conversation.inbox.put((message, time.monotonic()))


def signed(body, header):
    """Checks the raw bytes: decoding them would lose the escapes that were signed."""
    want = "sha256=" + hmac.new(APP_SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(want.encode(), header.encode())


class Webhook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # Meta's verification handshake
        query = parse_qs(urlsplit(self.path).query)
        if query.get("hub.verify_token") == [VERIFY_TOKEN]:
            self.end(200, query.get("hub.challenge", [""])[0])
        else:
            self.end(403, "wrong verify token")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not signed(body, self.headers.get("X-Hub-Signature-256", "")):
            return self.end(401, "wrong signature")
        try:
            notification = json.loads(body)
        except ValueError:
            return self.end(400, "not a notification")
        self.end(200)  # Meta has its answer at once; the work follows
        for entry in notification.get("entry", []):
            for change in entry.get("changes", []):
                accept(change["value"])

    def end(self, status, text=""):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # many customers may write at the same moment


def log(problem):
    print(problem, file=sys.stderr, flush=True)


if __name__ == "__main__":
    Server((setting("HOST", "127.0.0.1"), int(setting("PORT", "3000"))), Webhook).serve_forever()
