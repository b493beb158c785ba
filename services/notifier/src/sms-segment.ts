// The default alphabet of GSM 03.38 (3GPP TS 23.038, 6.2.1) and its extension, whose characters take two places.
const gsmDefault = /^[@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/;
const gsmExtension = /[\^{}\\[~\]|€]/g;

/** Whether an SMS fits one segment: 160 septets of GSM-7, or 70 UTF-16 code units where another character forces UCS-2. */
export function fitsOneSegment(text: string): boolean {
  if (!gsmDefault.test(text)) return text.length <= 70;
  return text.length + (text.match(gsmExtension)?.length ?? 0) <= 160;
}
