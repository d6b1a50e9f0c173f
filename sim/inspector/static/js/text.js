// How times, numbers and names are written.

const two = (n) => String(n).padStart(2, "0");

/** 07:20:34, in UTC as everything the sandbox says. */
export function clock(at, millis) {
  const d = new Date(at);
  const text = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
  return millis ? text + "." + String(d.getUTCMilliseconds()).padStart(3, "0") : text;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function day(at) {
  const d = new Date(at);
  return `${d.getUTCDate()} ${months[d.getUTCMonth()]}`;
}

/** 5 s, 12 min, 3 h, 2 d. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return seconds + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 48 * 3600) return Math.floor(seconds / 3600) + " h";
  return Math.floor(seconds / 86400) + " d";
}

/** 1:04:09, as a countdown. */
export function countdown(ms) {
  const all = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(all / 86400), rest = `${two(Math.floor(all / 3600) % 24)}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  return days ? `${days} d ${rest}` : rest;
}

const names = { whatsapp: "WhatsApp", instagram: "Instagram", messenger: "Messenger", kaleyra: "Kaleyra", interakt: "Interakt", zoko: "Zoko" };

export const channelName = (channel) => names[channel] ?? channel;

/** A phone number as people read it; other ids as they are. */
export function customerName(thread) {
  if (thread.name) return thread.name;
  return phone(thread.customer, thread.channel);
}

export function phone(id, channel) {
  if (["instagram", "messenger"].includes(channel) || !/^\d{8,15}$/.test(id)) return id;
  return id.length === 11 && id[0] === "1" ? `+1 ${id.slice(1, 4)} ${id.slice(4, 7)} ${id.slice(7)}` : "+" + id;
}

export const plural = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;

/** JSON that is easy to read, or the text as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
