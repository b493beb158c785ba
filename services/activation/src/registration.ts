import { isSupportedCountry } from 'libphonenumber-js';

/** Whether a text is the code of a country (ISO 3166-1 alpha-2, upper case), as far as it has telephones. */
export function isCountry(text: string): boolean {
  return isSupportedCountry(text);
}

/** What a company's registration number must look like in its country; a sentence for who gave another. */
export function registrationRule(country: string): string {
  if (country === 'CN')
    return 'must be a unified social credit code (GB 32100): 18 digits and upper-case letters, the last one its check character';
  return 'must be 2 to 40 letters, digits, spaces and any of . / -';
}

export function isRegistrationNumber(country: string, number: string): boolean {
  return country === 'CN' ? isSocialCreditCode(number) : /^[\p{L}\d](?:[\p{L}\d ./-]{0,38}[\p{L}\d])$/u.test(number);
}

/** The characters of a unified social credit code with their values 0 to 30; I, O, S, V and Z could be misread. */
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** GB 32100-2015, 4.3: the sum of the values times 3^i modulo 31, the check character's times one, is a multiple of 31. */
function isSocialCreditCode(code: string): boolean {
  if (!/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(code)) return false;
  let sum = alphabet.indexOf(code.charAt(17));
  let weight = 1;
  for (const character of code.slice(0, 17)) {
    sum += alphabet.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return sum % 31 === 0;
}
