/** The languages in which messages can be written, by their codes. */
export const languages: Record<string, string> = { en: 'English', 'zh-CN': '简体中文' };
