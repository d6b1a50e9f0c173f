<?php
// A small WhatsApp integration with Encore offers, in one file and without
// extensions or dependencies (PHP 8.1 or newer). To see it against the sandbox:
//
//   encore-sandbox run --webhook http://127.0.0.1:3000/webhook -- php examples/php/integrator.php
//
// The sandbox sets these environment variables for the command. In production
// they hold the real values; the base URLs then default to Encore's and Meta's.
//
//   ENCORE_BASE_URL  ENCORE_API_KEY  GRAPH_BASE_URL  GRAPH_ACCESS_TOKEN
//   META_APP_SECRET  META_VERIFY_TOKEN  WHATSAPP_PHONE_NUMBER_ID
//   OPERATOR_CLIENT_ID  OPERATOR_CLIENT_NAME  PORT (3000)  OFFER_CAP (3)
//   IDLE_GAP_SECONDS (86400)  HOST (127.0.0.1; 0.0.0.0 in a container)
//   STATE_DIR (a folder in the system's temporary one)
//   PHP_CLI_SERVER_WORKERS (4; one alone would take webhooks one after the other)
//
// It starts PHP's own server with itself as the script. A request writes what it
// brings into the queue of its thread, starts a worker in the background if the
// thread has none, and is answered: calling Encore and sending take longer than
// Meta waits. A worker is this file again. It holds the lock of its thread, so that
// everything there happens once and in order, until the queue is empty. All state
// is in files.

const REPLY = 'Thanks for your message! Our team will get back to you shortly.';
const OFFERS = '/encore/publisher/sdk/v1/offers';
const CALL_TIMEOUT = 2.0;  // seconds, of one call to Encore
const OFFER_BUDGET = 11.0; // seconds from its arrival, after which Encore is not called again for a message
const SEND_TIMEOUT = 10.0; // seconds, of one message to Graph
const NOT_MESSAGES = ['reaction', 'unsupported', 'system'];
const SEEN_KEPT = 1000;    // inbound message ids of a thread
// A link to encorekit.com or a subdomain in a JSON body.
const ENCORE_LINK = '~https?://([a-z0-9-]+\.)*encorekit\.com(["/\\\\?#: ]|$)~i';
const JSON = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR;

function setting(string $name, ?string $fallback = null): string
{
    $value = getenv($name) ?: $fallback;
    return $value ?? throw new RuntimeException("set the environment variable $name");
}

function base(string $name, string $fallback): string
{
    return rtrim(setting($name, $fallback), '/');
}

if (PHP_SAPI !== 'cli') {
    serve();
} elseif (isset($argv[1])) {
    work($argv[1]);
} else {
    setting('META_APP_SECRET'); // fails at once, and not at the first webhook
    putenv('STATE_DIR=' . setting('STATE_DIR', sys_get_temp_dir() . '/encore-integrator-' . setting('PORT', '3000')));
    putenv('PHP_CLI_SERVER_WORKERS=' . setting('PHP_CLI_SERVER_WORKERS', '4'));
    passthru(escapeshellarg(PHP_BINARY) . ' -S ' . setting('HOST', '127.0.0.1') . ':' . setting('PORT', '3000') . ' ' . escapeshellarg(__FILE__), $code);
    exit($code);
}

function serve(): void
{
    if ($_SERVER['REQUEST_METHOD'] === 'GET') { // Meta's verification handshake
        $known = ($_GET['hub_verify_token'] ?? '') === setting('META_VERIFY_TOKEN');
        answer($known ? 200 : 403, $known ? $_GET['hub_challenge'] ?? '' : 'wrong verify token');
        return;
    }
    $body = file_get_contents('php://input');
    if (!signed($body, $_SERVER['HTTP_X_HUB_SIGNATURE_256'] ?? '')) {
        answer(401, 'wrong signature');
        return;
    }
    $notification = json_decode($body);
    if (!is_object($notification)) {
        answer(400, 'not a notification');
        return;
    }
    $customers = [];
    foreach ($notification->entry ?? [] as $entry) {
        foreach ($entry->changes ?? [] as $change) {
            $customers = [...$customers, ...accept($change->value)];
        }
    }
    array_map(start(...), array_unique($customers));
    answer(200);
}

// signed checks the raw bytes: decoding them would lose the escapes that were signed.
function signed(string $body, string $header): bool
{
    return hash_equals('sha256=' . hash_hmac('sha256', $body, setting('META_APP_SECRET')), $header);
}

function answer(int $status, string $text = ''): void
{
    http_response_code($status);
    header('Content-Type: text/plain');
    echo $text;
}

// accept queues what a webhook brings and returns the customers who need a worker.
function accept(object $value): array
{
    if (($value->metadata->phone_number_id ?? '') !== setting('WHATSAPP_PHONE_NUMBER_ID')) {
        return [];
    }
    $customers = [];
    foreach ($value->user_preferences ?? [] as $preference) {
        thread($preference->wa_id, fn(object $t) => $t->optedOut = $preference->value === 'stop');
    }
    foreach ($value->messages ?? [] as $message) {
        if (!empty($message->from) && !in_array($message->type, NOT_MESSAGES, true)) {
            $customers[] = enqueue($message->from, 'answer', $message->id, $message);
        }
    }
    foreach ($value->statuses ?? [] as $status) {
        if ($status->status === 'delivered') {
            $customers[] = enqueue($status->recipient_id, 'confirm', "delivered $status->id", $status);
        }
    }
    return array_filter($customers, is_string(...));
}

// enqueue leaves out what was delivered before, and the delivery of what is no
// offer. It returns the customer if a worker has to be started. One that works
// gives its lock up only when it finds the queue empty, with the thread at hand as
// here, so nothing is left lying.
function enqueue(string $customer, string $task, string $id, object $event): ?string
{
    return thread($customer, function (object $t) use ($customer, $task, $id, $event): ?string {
        $work = fopen(file_of('work', $customer), 'c');
        $idle = flock($work, LOCK_EX | LOCK_NB);
        if (in_array($id, $t->seen, true) || $idle && $task === 'confirm' && !isset($t->impressions->{$event->id})) {
            return null;
        }
        $t->seen = array_slice([...$t->seen, $id], -SEEN_KEPT);
        $event->arrived = microtime(true);
        $t->queue[] = [$task, $event];
        return $idle ? $customer : null;
    });
}

// start lets a worker run on when the request is answered.
function start(string $customer): void
{
    exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__FILE__) . ' ' . escapeshellarg($customer) . ' >/dev/null &');
}

// work does what waits in a thread, after whoever works there already.
function work(string $customer): void
{
    $lock = fopen(file_of('work', $customer), 'c');
    flock($lock, LOCK_EX);
    $next = function (object $t) use ($lock): ?array {
        $waiting = array_shift($t->queue);
        $waiting ?? flock($lock, LOCK_UN);
        return $waiting;
    };
    while ([$task, $event] = thread($customer, $next)) {
        foreach ($task === 'confirm' ? [confirm(...)] : [offer(...), reply(...)] as $step) {
            try {
                $step($event);
            } catch (Throwable $problem) { // an offer that failed never costs the reply
                error_log("$event->id: " . $problem->getMessage());
            }
        }
    }
}

// due says whether the message is a trigger and the cap leaves room.
function due(object $message): bool
{
    return thread($message->from, function (object $t) use ($message): bool {
        $at = (int) $message->timestamp;
        $trigger = $t->last === null || $at - $t->last >= (int) setting('IDLE_GAP_SECONDS', '86400');
        $t->last = max($at, $t->last ?? $at);
        return $trigger && $t->offers < (int) setting('OFFER_CAP', '3') && !$t->optedOut;
    });
}

function offer(object $message): void
{
    if (!due($message)) {
        return;
    }
    $answer = ask($message);
    if ($answer->message === null) { // no offer for this customer
        return;
    }
    $sent = send($message->from, $answer->message->payload); // as Encore composed it
    thread($message->from, fn(object $t) => $t->impressions->$sent = $answer->impressionId);
}

function reply(object $message): void
{
    send($message->from, ['messaging_product' => 'whatsapp', 'to' => $message->from, 'type' => 'text', 'text' => ['body' => REPLY]]);
}

// ask calls Encore; 429, 503 and a lost answer are tried three times more with the same message id.
function ask(object $message): object
{
    $body = json_encode([
        'clientId' => setting('OPERATOR_CLIENT_ID'), 'clientName' => setting('OPERATOR_CLIENT_NAME'), 'messagingPlatform' => 'whatsapp',
        'recipient' => $message->from, 'inboundMessageId' => $message->id, 'inboundTimestamp' => (int) $message->timestamp,
        'chatId' => setting('WHATSAPP_PHONE_NUMBER_ID') . "-$message->from",
    ], JSON);
    foreach ([0, 200, 1000, 5000] as $pause) {
        $pause = jitter($pause, $message->id);
        if (microtime(true) - $message->arrived + $pause / 1000 > OFFER_BUDGET) {
            break;
        }
        usleep($pause * 1000);
        [$status, $text, $lost] = post(encore('/message'), 'X-API-Key: ' . setting('ENCORE_API_KEY'), $body, CALL_TIMEOUT);
        if ($status === 200 && !$lost) {
            return json_decode($text, flags: JSON_THROW_ON_ERROR);
        }
        if (!$lost && $status !== 429 && $status !== 503) {
            break;
        }
    }
    throw new RuntimeException("encore answered $status: " . substr($text, 0, 200) . " $lost");
}

// jitter spreads pauses (milliseconds) by up to 30 % either way, by message, so
// that many retries do not meet.
function jitter(int $pause, string $id): int
{
    return intdiv($pause * (70 + ord(hash('sha256', $id . $pause, true)) % 61), 100);
}

// confirm tells Encore once that the offer reached the customer's phone.
function confirm(object $status): void
{
    $impression = thread($status->recipient_id, function (object $t) use ($status): ?string {
        $found = $t->impressions->{$status->id} ?? null;
        unset($t->impressions->{$status->id});
        return $found;
    });
    if ($impression === null) {
        return;
    }
    $body = json_encode(['deliveredTimestamp' => (int) $status->timestamp], JSON);
    [$code, $text] = post(encore('/impressions/' . rawurlencode($impression) . '/delivered'), 'X-API-Key: ' . setting('ENCORE_API_KEY'), $body, CALL_TIMEOUT);
    if ($code < 200 || $code > 299) {
        throw new RuntimeException("encore answered $code: " . substr($text, 0, 200));
    }
}

function encore(string $path): string
{
    return base('ENCORE_BASE_URL', 'https://api.encorekit.com') . OFFERS . $path;
}

// send posts a message to Graph, waits for the answer and counts the offers that
// were accepted.
function send(string $customer, object|array $message): string
{
    $body = json_encode($message, JSON);
    $target = base('GRAPH_BASE_URL', 'https://graph.facebook.com') . '/v22.0/' . setting('WHATSAPP_PHONE_NUMBER_ID') . '/messages';
    [$status, $text, $lost] = post($target, 'Authorization: Bearer ' . setting('GRAPH_ACCESS_TOKEN'), $body, SEND_TIMEOUT);
    if ($status !== 200 || $lost) {
        throw new RuntimeException("graph answered $status: " . substr($text, 0, 200) . " $lost");
    }
    if (preg_match(ENCORE_LINK, $body)) {
        thread($customer, fn(object $t) => $t->offers++);
    }
    return json_decode($text, flags: JSON_THROW_ON_ERROR)->messages[0]->id;
}

// post makes one call: status, body, and why no whole answer came, if none did.
function post(string $target, string $credential, string $body, float $timeout): array
{
    $end = microtime(true) + $timeout;
    $stream = @fopen($target, 'r', false, stream_context_create(['http' => [
        'method' => 'POST', 'header' => ['Content-Type: application/json', $credential], 'content' => $body, 'timeout' => $timeout,
        'protocol_version' => 1.1, 'ignore_errors' => true, 'follow_location' => 0,
    ]]));
    if ($stream === false) {
        return [0, '', error_get_last()['message'] ?? 'no answer'];
    }
    $head = implode("\n", stream_get_meta_data($stream)['wrapper_data']);
    preg_match('~^HTTP/\S+ (\d+)~', $head, $status);
    $text = '';
    while (!feof($stream) && microtime(true) < $end) { // the timeout of a stream is only that of one read
        $text .= fread($stream, 65536);
    }
    $whole = feof($stream) && (!preg_match('~^Content-Length: *(\d+)~mi', $head, $length) || strlen($text) === (int) $length[1]);
    fclose($stream);
    return [(int) $status[1], $text, $whole ? '' : 'the answer is not whole'];
}

// thread reads a customer's thread, lets change change it, and writes it, while
// no other process does: the queue, ids that have been seen, the newest inbound
// timestamp, how many messages with a link to Encore were accepted, the
// impression of each such message, and whether the customer wants no marketing.
function thread(string $customer, callable $change): mixed
{
    return locked(file_of('thread', $customer), function ($file) use ($change): mixed {
        $t = json_decode(stream_get_contents($file)) ?? json_decode('{"queue":[],"seen":[],"last":null,"offers":0,"impressions":{},"optedOut":false}');
        $result = $change($t);
        rewind($file);
        ftruncate($file, 0);
        fwrite($file, json_encode($t, JSON));
        fflush($file);
        return $result;
    });
}

function locked(string $path, callable $work): mixed
{
    $file = fopen($path, 'c+');
    flock($file, LOCK_EX);
    try {
        return $work($file);
    } finally {
        fclose($file); // gives the lock up
    }
}

function file_of(string $kind, string $id): string
{
    $dir = setting('STATE_DIR', sys_get_temp_dir() . '/encore-integrator');
    is_dir($dir) || @mkdir($dir, 0700, true) || is_dir($dir) || throw new RuntimeException("cannot make $dir");
    return "$dir/$kind-" . hash('sha256', $id);
}
