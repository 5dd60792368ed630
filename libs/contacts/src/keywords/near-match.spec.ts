import fc from 'fast-check';
import { KeywordMatcher } from './keyword-match';
import { nearWords } from './near-words';
import { shippedKeywords } from './shipped-keywords';

const matcher = new KeywordMatcher();
const lines = (text: string) => text.trim().split('\n');

/** Messages of people who probably want to opt out, by the keyword or phrase they are near to. */
const asking: [string, string[]][] = [
  [
    'stop',
    lines(`
stop please
please stop
STOOP
Stoooopppp!!!
sotp
stop sending me messages
Hi, please stop sending these texts
STOP STOP STOP
Stop svp
stop por favor
stop, bitte
`),
  ],
  ['unsubscribe', ['unsubscirbe', 'Unsuscribe', 'unsubscribed', 'unsubscribeee', 'pls unsubscribe me', 'please unsubscirbe me']],
  ['remove me', ['please remove me from your list']],
  ['cancel', ['cancel my subscription', 'please cancel', 'cancle']],
  ['opt out', ['Opt-out, please']],
  ['unsub', ['Unsub']],
  ['how do i unsubscribe', ['How do I unsubscribe?']],
  ['do not text', ['Do NOT text me again']],
  ["don't text", ['don’t text me', "don't text me"]],
  ['no quiero más', ['no quiero mas mensajes']],
  ['dar de baja', ['Por favor, dar de baja']],
  ['não quero receber', ['Não quero receber mensagens']],
  ['ne m’envoyez plus', ["Ne m'envoyez plus de messages"]],
  ['abmelden', ['Bitte abmelden', 'abmeldn', 'abmelden!! danke']],
  ['keine nachrichten', ['Bitte keine Nachrichten mehr']],
  ['basta', ['basta grazie', 'Bastaaaa']],
  ['не пишите', ['не пишите мне больше']],
  ['iptal', ['Lütfen iptal']],
  ['توقف عن', ['توقف عن إرسال الرسائل']],
  ['الغاء', ['من فضلك الغاء', 'من فضلك إلغاء']],
  ['הסר אותי', ['הסר אותי בבקשה']],
  ['बंद करें', ['कृपया बंद करें']],
  ['หยุด', ['กรุณาหยุด']],
  ['停止发送', ['请停止发送']],
  ['不要再发', ['不要再发了']],
  ['配信停止', ['配信停止お願いします']],
  ['수신거부', ['수신 거부 해주세요']],
];

/** Messages of people who want something else, many with a word that is a keyword or similar to one. */
const ordinary = lines(`
bus stop?
stop by tomorrow
I want to cancel my order 4711
do not stop
don't stop now
non-stop
Where is the next stop
Can you stop at the pharmacy on the way
one stop shop
Stop & Shop
full stop
the train does not stop here
He stopped
Shop?
Top!
Step
Please cancel my appointment on Friday
Can I cancel tomorrow's booking
cancel order
cancelled flight
when does it end
the end
Weekend
I quit smoking
quite good
quiet please
please start
subscribe me
I want to subscribe
unstop please
opt in please
Thanks
please
Hi, me again
Send me the messages please
text me your number
My number is 07700900123
Yes please
No more, thanks
I don't want it, thanks
don't send it yet
Can you remove the onions
remove the item from my cart
please remove it
just the one
My subscription ended yesterday
when does my subscription start
any offers?
is this spam?
Do you message on weekends
salir el viernes
pagar
Para mañana
alto y claro
más alto
la caja
no quiero más papas
no más por hoy gracias
quiero cancelar la cita del lunes
Não quero, obrigado
Quero sair às oito
Pode remover o queijo
chegou
Je veux annuler ma commande 4711
plus tard merci
Je ne veux plus de fromage
l'arrêt de bus
Qui
Ich möchte mich anmelden
Bitte anmelden
Stoppuhr
bitte keine Zwiebeln
die Nachricht bitte
Pasta
Firma
lato
året
apre
basta un caffè
annulla la prenotazione di domani
aanmelden graag
stop bij de bakker
koniec filmu o ósmej
proszę rezerwację
стол на двоих
топ
подписку
хочу подписаться
dur bir dakika
أريد إلغاء الطلب رقم 4711
להזמין מקום בבקשה
दुकान बंद है?
keluarga saya
取消订单4711
开始吧
请发给我
消息收到了
予約をキャンセルしたい
開始してください
お願いします
예약 취소해 주세요
문자 보내주세요
στάση λεωφορείου
sluta jobba klockan fem
anmäl mig
`);

describe('messages near to a keyword', () => {
  it.each(asking)('match the keyword or phrase they are near to: %s', (keyword, texts) => {
    for (const text of texts) expect([text, matcher.match(text), matcher.near(text)?.keyword]).toEqual([text, null, keyword]);
  });

  it('are not ordinary sentences: of a hundred, none opts out and one opens a review', () => {
    expect(ordinary.length).toBeGreaterThanOrEqual(100);
    expect(ordinary.filter((text) => matcher.match(text) !== null)).toEqual([]);
    expect(ordinary.filter((text) => matcher.near(text) !== null)).toEqual(['please remove it']);
  });

  it('are not keywords themselves, company alone, or requests for more', () => {
    for (const { optOut, optIn } of Object.values(shippedKeywords))
      for (const word of [...optOut, ...optIn]) expect([word, matcher.near(word)]).toEqual([word, null]);
    for (const { company } of Object.values(nearWords))
      expect([company.join(' '), matcher.near(company.join(' '))?.keyword]).toEqual([company.join(' '), undefined]);
    for (const text of [null, '', '🛑', `stop please${' '.repeat(256)}`]) expect(matcher.near(text)).toBeNull();
  });

  it('are keywords with any company in any order, but not with one other word', () => {
    const words = fc.constantFrom<string>('stop', 'unsubscribe', 'cancelar', 'abmelden', 'стоп', 'توقف', 'stop all');
    const company = fc.array(fc.constantFrom<string>('please', 'svp', 'grazie', 'sending', 'mensajes', 'now', 'bitte', 'мне', 'لي'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(words, company, company, fc.nat(), (word, before, after, at) => {
        fc.pre(before.length + after.length > 0);
        const all = [...before, word, ...after];
        expect(matcher.near(all.join(' '))?.keyword).toBe(word);
        expect(matcher.near(all.toSpliced(at % (all.length + 1), 0, 'tomorrow').join(', '))).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it('are misspelt keywords: repeated or swapped letters, in long ones one letter added, removed or replaced', () => {
    const slip = (word: string, at: number, kind: 'held' | 'swapped' | 'more' | 'less' | 'other') => {
      const [a = '', b = ''] = [word[at], word[at + 1]];
      const put = { held: a.repeat(4) + b, swapped: b + a, more: `${a}q${b}`, less: a, other: `${a}q` }[kind];
      return word.slice(0, at) + put + word.slice(at + 2);
    };
    const check = (words: string[], kinds: Parameters<typeof slip>[2][]) =>
      fc.assert(
        fc.property(fc.constantFrom(...words), fc.nat(), fc.constantFrom(...kinds), (word, place, kind) => {
          const at = kind === 'held' ? place % (word.length - 1) : 1 + (place % (word.length - 2));
          const text = slip(word, at, kind);
          fc.pre(text !== word);
          expect([text, matcher.match(text), matcher.near(text)?.keyword]).toEqual([text, null, word]);
        }),
        { numRuns: 500 },
      );
    check(['stop', 'cancel', 'baja'], ['held', 'swapped']);
    check(['unsubscribe', 'abbestellen', 'descadastrar', 'отписаться'], ['held', 'swapped', 'more', 'less', 'other']);
  });

  it('are matched safely in any text, and not at all in long ones', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        expect(matcher.near(text)).toBeNull();
      }),
      { numRuns: 500 },
    );
    for (const text of ['please '.repeat(36), 'stop'.repeat(64), '停'.repeat(256), '取消 '.repeat(85), 'abmelde'.repeat(36)])
      expect(matcher.match(text)).toBeNull();
    const looked = jest.spyOn(String.prototype, 'normalize');
    try {
      expect(matcher.near('stop please '.repeat(30))).toBeNull();
      expect(looked).not.toHaveBeenCalled();
    } finally {
      looked.mockRestore();
    }
  });

  it('follow the keywords of the tenant: its own match, those of a language that is switched off do not', () => {
    const own = new KeywordMatcher({ ...shippedKeywords, en: { optOut: ['Halt!'], optIn: ['go'] }, es: { optOut: [], optIn: [] } });
    expect(
      ['please halt', 'haltt', 'unsubscribe please', 'no quiero mas mensajes', 'please go', 'leave me alone'].map((text) => own.near(text)),
    ).toEqual([
      { language: 'en', keyword: 'Halt!' },
      { language: 'en', keyword: 'Halt!' },
      null,
      null,
      null,
      { language: 'en', keyword: 'leave me alone' },
    ]);
  });
});
