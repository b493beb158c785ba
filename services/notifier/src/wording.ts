import type { Telling } from './content.ts';
import { english } from './wording-en.ts';
import { chinese } from './wording-zh.ts';

export const languages = ['en', 'zh-CN'] as const;
export type Language = (typeof languages)[number];

/** How a telling is worded in one language. */
export type Wording = {
  subject: string;
  /** The mail, after the greeting. */
  paragraphs: string[];
  /** From the fullest to the shortest; the last one fits one segment whatever people wrote. */
  sms: string[];
};

/** A language's words. */
export type Words = {
  /** `name` may be empty. */
  greeting(name: string): string;
  wording(telling: Telling, formatTime: (time: string) => string): Wording;
};

export const words: Record<Language, Words> = { en: english, 'zh-CN': chinese };
