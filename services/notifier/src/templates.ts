import type { Content } from './notification.ts';

export type Email = { subject: string; text: string; html: string };

/** The mail that tells this, in English. `name` is the recipient's; it is greeted without one if that is empty. */
export function renderEmail(content: Content, name: string): Email {
  const { subject, paragraphs } = emailParts(content);
  const all = [name ? `Hello ${name},` : 'Hello,', ...paragraphs];
  return { subject, text: `${all.join('\n\n')}\n`, html: renderHtml(subject, all) };
}

/** The SMS that tells this: the fullest wording that fits one segment. What it leaves out stands in the mail. */
export function renderSms(content: Content): string {
  const wordings = smsWordings(content).map(toOneLine);
  return wordings.find(fitsOneSegment) ?? wordings.at(-1) ?? '';
}

function emailParts({ template, parameters }: Content): { subject: string; paragraphs: string[] } {
  const company = toOneLine(parameters.companyName);
  const reference = `Application ${parameters.applicationId}`;
  switch (template) {
    case 'application-approved':
      return {
        subject: `WebSocket is activated for ${company}`,
        paragraphs: [
          `WebSocket is activated for ${company}: your application was approved.`,
          'You can now enable it for each of your domains. It takes effect on every edge within seconds; WebSocket needs HTTP/2 turned off on the domain.',
          reference,
        ],
      };
    case 'application-rejected':
      return {
        subject: `WebSocket is not activated for ${company}`,
        paragraphs: [
          `Your application to activate WebSocket for ${company} was rejected. The reviewer's reason:`,
          parameters.reason,
          'Once that is settled you can apply again; nothing else has changed for your domains.',
          reference,
        ],
      };
    default:
      return template satisfies never;
  }
}

/** From the fullest to the shortest; the last one fits any alphabet. */
function smsWordings({ template, parameters }: Content): string[] {
  const company = parameters.companyName;
  switch (template) {
    case 'application-approved':
      return [
        `WebSocket is activated for ${company}. You can now enable it for your domains.`,
        `WebSocket is activated for ${company}.`,
        'WebSocket is activated. You can now enable it for your domains.',
      ];
    case 'application-rejected':
      return [
        `WebSocket is not activated for ${company}: ${parameters.reason}`,
        `WebSocket is not activated for ${company}. The reason is in our email.`,
        'WebSocket is not activated. The reason is in our email.',
      ];
    default:
      return template satisfies never;
  }
}

function renderHtml(title: string, paragraphs: string[]): string {
  const body = paragraphs.map((paragraph) => `<p style="white-space:pre-line">${escapeHtml(paragraph)}</p>`);
  return `<!doctype html>
<html lang="en">
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

// The default alphabet of GSM 03.38 (3GPP TS 23.038, 6.2.1) and its extension, whose characters take two places.
const gsmDefault = /^[@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const gsmExtension = /[\^{}\\[~\]|€]/g;

/** One segment holds 160 septets of GSM-7, or 70 UTF-16 code units where another character forces UCS-2. */
function fitsOneSegment(text: string): boolean {
  if (!gsmDefault.test(text)) return text.length <= 70;
  return text.length + (text.match(gsmExtension)?.length ?? 0) <= 160;
}
