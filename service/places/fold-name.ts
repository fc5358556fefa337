/** Letters that Unicode's compatibility decomposition (NFKD) leaves whole, and what a person types for them. */
const undecomposed: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  đ: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ə: 'e',
}
const undecomposedLetters = new RegExp(`[${Object.keys(undecomposed).join('')}]`, 'g')
const marks = /\p{M}+/gu
const spaces = /[\s\p{P}]+/gu

/**
 * A name as it is compared: lower case, no accents, punctuation and white space as single spaces.
 * `foldName('Saint-Étienne') === 'saint etienne'`. Scripts other than Latin keep their letters.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(marks, '')
    .toLowerCase()
    .replace(undecomposedLetters, (letter) => undecomposed[letter] ?? letter)
    .replace(spaces, ' ')
    .trim()
}
