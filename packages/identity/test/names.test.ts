import { WarrenError } from '@warren/primitives/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountName,
  checkAccountName,
  checkDeviceName,
  deviceName,
  looksAlike,
  skeleton,
  skeletons,
} from '../src/index.ts'

describe('account names', () => {
  it.each([
    'alice',
    'Alice Müller-Şahin',
    "Aoife O'Brien",
    'Анна',
    'Νίκος',
    '田中さくら',
    'タナカ Kenji',
    '김민준',
    '王小明 Ming',
    'مريم',
    'אבי',
    'अनीता',
    'กานดา',
    'ali-1995',
  ])('accept %s', (name) => expect(accountName(name)).toBe(name.normalize('NFC')))

  it.each([
    ['an empty name', ''],
    ['spaces only', '   '],
    ['a mixture of Latin and Cyrillic', 'p\u0430ypal'],
    ['a mixture of Greek and Latin', '\u03bfscar'],
    ['Cyrillic and Han', 'Анна王'],
    ['a line break', 'a\nb'],
    ['an escape', 'a\u001b[31m'],
    ['a right-to-left override', 'a\u202eb'],
    ['a right-to-left mark', 'a\u200fb'],
    ['a zero-width space', 'a\u200bb'],
    ['a zero-width joiner', 'a\u200db'],
    ['a byte-order mark', '\ufeffa\ufeffb'],
    ['a soft hyphen', 'a\u00adb'],
    ['a Hangul filler', 'a\u3164'],
    ['a variation selector', 'a\ufe0f'],
    ['a non-breaking space', 'a\u00a0b'],
    ['two spaces', 'a  b'],
    ['mathematical letters', '\u{1d4d0}lice'],
    ['full-width letters', '\uff41lice'],
    ['a ligature', 'o\ufb01'],
    ['a private character', 'a\ue000'],
    ['an unassigned character', 'a\u0378'],
    ['a lone surrogate', 'a\ud800'],
    ['a slash', 'a/b'],
    ['an emoji', 'a\u{1f600}'],
    ['a script of the past', '\u{10330}'],
    ['a leading mark', '\u0301a'],
    ['piled-up marks', `a${'\u0316\u0317\u0318\u0319\u031c'}`],
    ['digits of two systems', '\u0661' + '1'],
    ['punctuation only', '...'],
    ['65 letters', 'a'.repeat(65)],
    ['a megabyte', 'a'.repeat(1 << 20)],
  ])('refuse %s', (_, name) => {
    expect(() => accountName(name)).toThrow(expect.objectContaining({ code: 'identity/name' }))
  })

  it('take of ASCII exactly the letters, the digits and the punctuation that is listed', () => {
    const taken = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((character) => {
      try {
        return accountName(`a${character}b`) !== ''
      } catch {
        return false
      }
    })
    expect(taken.join('')).toBe(" '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
  })

  it('are brought to form C when typed, and must be in it when decoded', () => {
    expect(accountName(' Jose\u0301 ')).toBe('Jos\u00e9')
    expect(() => checkAccountName('Jose\u0301')).toThrow('form C')
  })

  it('never contain a control, format, surrogate or private character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (text) => {
        let name: string
        try {
          name = accountName(text)
        } catch {
          return
        }
        expect(name).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
      }),
      { seed: 3, numRuns: 2000 },
    )
  })
})

describe('device names', () => {
  it.each(['phone', 'Анин iPhone', "Bob's laptop (old) #2", '仕事用 Mac'])('accept %s', (name) =>
    expect(deviceName(name)).toBe(name),
  )
  it.each(['l\u0430ptop', 'a\u202eb', 'a"b', 'a<b>', ''])('refuse %j', (name) =>
    expect(() => checkDeviceName(name)).toThrow(WarrenError),
  )
})

describe('names that look alike', () => {
  it.each([
    ['paypal', 'p\u0430yp\u0430l'],
    ['scope', '\u0455\u0441\u043e\u0440\u0435'],
    ['BOB', '\u0412\u041e\u0412'],
    ['bob', '\u0412\u041e\u0412'],
    ['Iris', 'lris'],
    ['modern', 'modem'],
    ['Alice', 'ALICE'],
    ['Alice', 'A1ice'],
    ['bob', 'b0b'],
    ['ann.lee', 'annlee'],
    ["O'Brien", 'OBrien'],
    ['\u0391\u039d\u039d\u0391', 'ANNA'],
  ])('%s and %s', (a, b) => {
    expect(looksAlike(a, b)).toBe(true)
    expect(looksAlike(b, a)).toBe(true)
  })

  it.each([
    ['alice', 'bob'],
    ['Anna', 'Hanna'],
    ['Иван', 'Ivan'],
    ['van', 'nan'],
    ['José', 'Jose'],
  ])('not %s and %s', (a, b) => expect(looksAlike(a, b)).toBe(false))

  it('have one skeleton', () => {
    expect(skeleton('p\u0430ypal')).toBe(skeleton('paypal'))
    expect(skeleton(skeleton('modern 10'))).toBe(skeleton('modern 10'))
    expect(skeletons('Bob').length).toBeLessThanOrEqual(3)
  })
})
