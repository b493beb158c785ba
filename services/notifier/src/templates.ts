import type { Telling } from './content.ts';
import { fitsOneSegment } from './sms-segment.ts';
import { words } from './wording.ts';
import type { Language, Wording } from './wording.ts';

export type Email = { subject: string; text: string; html: string };

/** Who reads it: in which language, in which time zone (IANA name); the name is empty where none is known. */
export type Reader = { name: string; language: Language; timeZone: string };

/** The mail that tells this. */
export function renderEmail(telling: Telling, reader: Reader): Email {
  const { subject, paragraphs } = wordingFor(telling, reader);
  const oneLine = toOneLine(subject);
  const all = [words[reader.language].greeting(toOneLine(reader.name)), ...paragraphs];
  return { subject: oneLine, text: `${all.join('\n\n')}\n`, html: renderHtml(reader.language, oneLine, all) };
}

/** The SMS that tells this: the fullest wording that fits one segment. What it leaves out stands in the mail. */
export function renderSms(telling: Telling, reader: Reader): string {
  const wordings = wordingFor(telling, reader).sms.map(toOneLine);
  return wordings.find(fitsOneSegment) ?? wordings.at(-1) ?? '';
}

function wordingFor(telling: Telling, { language, timeZone }: Reader): Wording {
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  });
  return words[language].wording(telling, (time) => format.format(new Date(time)));
}

function renderHtml(language: Language, title: string, paragraphs: string[]): string {
  const body = paragraphs.map((paragraph) => `<p style="white-space:pre-line">${escapeHtml(paragraph)}</p>`);
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body>
${body.join('\n')}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function toOneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
