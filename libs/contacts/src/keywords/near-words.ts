/** Words of a language in which people ask to stop without a keyword. */
export interface NearWords {
  /** Phrases that are a request by themselves. */
  asks: readonly string[];
  /** Words that add nothing beside a keyword: courtesy, and the object to stop. No negations, and no names of other things. */
  company: readonly string[];
}

/** Splits phrases at commas. */
const list = (text: string): string[] => text.split(',').map((phrase) => phrase.trim());

/** By ISO 639-1 code, as the keywords. */
export const nearWords: Readonly<Record<string, NearWords>> = {
  en: {
    asks: list(`
      unsub, un subscribe, want out, i want to stop, i want to unsubscribe, i would like to unsubscribe, i'd like to unsubscribe,
      i want to opt out, how do i unsubscribe, how to unsubscribe, how do i opt out, how do i stop, can you stop, could you stop,
      will you stop, would you stop, don't text, dont text, do not text, don't message, dont message, do not message, don't contact,
      dont contact, do not contact, don't send me, dont send me, do not send me, don't write, dont write, do not write,
      don't want messages, dont want messages, don't want texts, dont want texts, i don't want to receive, i dont want to receive,
      i do not want to receive, no more texts, no more text, no more msgs, no more sms, no more spam, leave me alone, opt me out,
      take me off, get me off, delete my number, remove my number, lose my number, remove from
    `),
    company: list(`
      please, pls, plz, plse, thanks, thank you, thx, ty, hi, hello, hey, ok, okay, sorry, sir, madam, now, right now, immediately,
      at once, again, anymore, any more, any, already, all, just, asap, forever, me, my, us, i, it, this, that, these, the, to, from,
      your, of, send, sending, sent, text, texts, texting, txt, txts, message, messages, messaging, msg, msgs, sms, contacting, writing,
      spam, spamming, bothering, whatsapp, number, list, mailing, subscription, notifications, updates, offers, promotions, promos, ads,
      advertising, marketing, newsletter, newsletters, service
    `),
  },
  es: {
    asks: list(`
      dame de baja, deme de baja, denme de baja, quiero darme de baja, no quiero más, no quiero recibir más, no quiero recibir,
      no deseo recibir, no deseo más, no me escriban, no me escribas, no me escriba, no me envíen, no me envíes, no me manden,
      no me mandes, no enviar más, no mandar más, no envíen más, no manden más, no más mensaje, no más sms, no más publicidad,
      no más spam, dejen de, deja de, deje de, bórrame, bórrenme
    `),
    company: list(`
      por favor, porfavor, porfa, gracias, hola, ya, ahora, me, mi, de, la, el, los, las, sus, tus, estos, este, mensaje, mensajes,
      mensajitos, publicidad, promociones, ofertas, lista, número, spam, nada, enviar, enviarme, mandar, mandarme, escribir, escribirme,
      recibir, la suscripción, suscripción
    `),
  },
  pt: {
    asks: list(`
      não quero receber, não quero mensagens, não quero mais mensagens, não me mande, não me mandem, não me envie, não me enviem,
      não mande mais, não mandem mais, não envie mais, não enviem mais, pare de, parem de, me tire, me tira, me remova, me retire
    `),
    company: list(`
      por favor, pfv, obrigado, obrigada, olá, oi, agora, já, me, meu, minha, da, do, os, as, suas, essas, esses, mensagem, mensagens,
      lista, propaganda, promoções, ofertas, spam, mandar, enviar, receber, inscrição
    `),
  },
  fr: {
    asks: list(`
      ne plus recevoir, ne plus m’envoyer, ne m’envoyez plus, ne m’envoie plus, ne m’écrivez plus, plus de message, plus de messages,
      plus de sms, je ne veux plus, je ne souhaite plus, je veux me désabonner, désabonnez moi, désinscrivez moi,
      laissez moi tranquille, retirez moi, supprimez mon numéro
    `),
    company: list(`
      svp, stp, s’il vous plaît, s’il te plaît, merci, bonjour, maintenant, immédiatement, tout de suite, ça, cela, tout, moi, me, de,
      d, la, le, les, des, vos, votre, vous, ces, cette, message, messages, sms, pub, pubs, publicité, publicités, envoi, envois,
      envoyer, m’envoyer, m’écrire, recevoir, liste, numéro, abonnement, spam
    `),
  },
  de: {
    asks: list(`
      keine sms, keine werbung, keine mails, keine weiteren nachrichten, nicht mehr schreiben, nicht mehr anschreiben,
      nicht mehr senden, nicht mehr kontaktieren, keine nachricht mehr, lasst mich in ruhe, lassen sie mich in ruhe, hör auf,
      hören sie auf, hört auf, melden sie mich ab, meldet mich ab, ich möchte mich abmelden, ich will mich abmelden
    `),
    company: list(`
      bitte, danke, vielen dank, hallo, sofort, jetzt, mehr, endlich, mich, mir, meine, nummer, von, der, die, das, diese, dieser, ihre,
      eure, ihren, nachricht, nachrichten, sms, werbung, newsletter, liste, verteiler, senden, schicken, schreiben, zu, ich, möchte,
      damit
    `),
  },
  it: {
    asks: list(`
      non voglio più, non voglio ricevere più, non voglio ricevere, non scrivetemi, non scrivermi, non mandatemi, non mandarmi,
      non inviatemi, non inviarmi, smettila, smettetela, smettete di, toglietemi, cancellatemi, niente messaggi
    `),
    company: list(`
      per favore, per cortesia, grazie, ciao, salve, adesso, ora, subito, mi, il, mio, numero, di, dalla, i, vostri, questi, messaggio,
      messaggi, sms, pubblicità, promozioni, offerte, lista, inviarmi, mandarmi, scrivermi, ricevere, iscrizione, spam
    `),
  },
  nl: {
    asks: list(`
      stop met, geen berichten, geen bericht meer, geen sms meer, geen reclame, niet meer sturen, niet meer berichten,
      stuur mij niets meer, ik wil me afmelden, ik wil mij afmelden, meld me af, meld mij af, schrijf me uit, schrijf mij uit,
      laat me met rust
    `),
    company: list(`
      aub, alstublieft, alsjeblieft, graag, bedankt, dank je, hallo, nu, direct, meer, me, mij, mijn, nummer, van, de, deze, dit, uw,
      jullie, bericht, berichten, sms, reclame, lijst, nieuwsbrief, sturen, het, verzenden
    `),
  },
  pl: {
    asks: list(`
      nie chcę więcej, nie chcę otrzymywać, nie pisz, nie piszcie, proszę nie pisać, nie wysyłać, nie wysyłajcie, nie życzę sobie
    `),
    company: list(`proszę, dziękuję, dzięki, już, teraz, więcej, mnie, mi, do, z, listy, wiadomości, sms, reklam, subskrypcję`),
  },
  ru: {
    asks: list(`
      не пишите, не пиши, не присылайте, не присылать, не отправляйте, не хочу получать, больше не пишите, отпишите, хочу отписаться,
      как отписаться, удалите мой номер, прекратите, перестаньте, отстаньте
    `),
    company: list(`
      пожалуйста, спасибо, здравствуйте, уже, сейчас, больше, меня, мне, мой, номер, от, из, ваших, ваши, эту, эти, сообщения,
      сообщений, смс, рассылки, рассылку, рассылка, рекламу, реклама, рекламы, спам, писать, присылать, слать
    `),
  },
  uk: {
    asks: list(`
      не пишіть, не надсилайте, не хочу отримувати, відпишіть, хочу відписатися, як відписатися, припиніть, видаліть мій номер
    `),
    company: list(`
      будь ласка, дякую, вже, зараз, більше, мене, мені, від, ваших, ваші, ці, повідомлення, повідомлень, смс, розсилки, розсилку,
      розсилка, рекламу, реклама, спам, писати, надсилати
    `),
  },
  tr: {
    asks: list(`
      mesaj istemiyorum, mesaj atmayın, mesaj göndermeyin, mesaj gelmesin, yazmayın, rahatsız etmeyin, iptal et, iptal edin,
      listeden çıkar
    `),
    company: list(`
      lütfen, teşekkürler, artık, bir daha, bana, beni, mesaj, mesajları, mesajlar, sms, reklam, aboneliği, abonelik
    `),
  },
  ar: {
    asks: list(`لا ترسل, لا ترسلوا, لا تراسلني, لا أريد رسائل, لا أريد استلام, توقفوا, توقف عن, احذف رقمي, احذفوا رقمي`),
    company: list(`
      من فضلك, لو سمحت, رجاء, شكرا, الآن, لي, عن, الرسائل, رسائل, رسائلكم, إرسال, ارسال, الإعلانات, اشتراكي, الاشتراك
    `),
  },
  he: {
    asks: list(`תפסיקו, תפסיק, אל תשלחו, לא לשלוח, לא רוצה לקבל, תסירו, הסירו אותי, הסר אותי`),
    company: list(`בבקשה, נא, תודה, עכשיו, מיד, אותי, לי, עוד, יותר, הודעות, ההודעות, לשלוח, מהרשימה, רשימה, את`),
  },
  fa: {
    asks: list(`پیام نفرستید, پیام ندهید, نمی خواهم, نمیخواهم, ارسال نکنید`),
    company: list(`لطفا, ممنون, دیگر, به, من, پیام, پیامک, پیامها, تبلیغات, ارسال, کنید, اشتراک, را`),
  },
  ur: {
    asks: list(`میسج نہ کریں, پیغام نہ بھیجیں, نہ بھیجیں`),
    company: list(`براہ کرم, پلیز, شکریہ, مجھے, میسج, پیغام, پیغامات, بھیجنا, اب, یہ, کر, دیں`),
  },
  hi: {
    asks: list(`मैसेज मत भेजो, मैसेज मत भेजें, मत भेजो, मत भेजें, मैसेज बंद`),
    company: list(`कृपया, प्लीज, धन्यवाद, मुझे, अब, ये, यह, मैसेज, संदेश, भेजना, करो, करें, कर, दो, दें`),
  },
  bn: {
    asks: list(`মেসেজ দিবেন না, মেসেজ পাঠাবেন না, পাঠাবেন না`),
    company: list(`দয়া করে, প্লিজ, ধন্যবাদ, আমাকে, আর, এই, মেসেজ, বার্তা, পাঠানো, করুন`),
  },
  id: {
    asks: list(`jangan kirim, jangan hubungi, jangan chat, jangan wa, tidak mau menerima, hapus nomor saya, stop kirim`),
    company: list(`
      tolong, mohon, terima kasih, makasih, lagi, sekarang, saya, pesan, pesannya, sms, wa, promo, iklan, kirim, mengirim, ya
    `),
  },
  ms: {
    asks: list(`jangan hantar, jangan hubungi, tak nak terima, padam nombor saya, stop hantar`),
    company: list(`tolong, sila, terima kasih, lagi, sekarang, saya, mesej, sms, promosi, iklan, hantar, menghantar, ya`),
  },
  vi: {
    asks: list(`đừng gửi, đừng nhắn, không gửi nữa, không muốn nhận, ngừng gửi, dừng gửi`),
    company: list(`vui lòng, làm ơn, xin, cảm ơn, nữa, ngay, cho, tôi, tin, nhắn, tin nhắn, quảng cáo, gửi, nhận`),
  },
  th: {
    asks: list(`อย่าส่ง, ไม่ต้องส่ง, ไม่อยากรับ, เลิกส่ง, หยุดส่ง`),
    company: list(`กรุณา, โปรด, ช่วย, ขอบคุณ, ครับ, ค่ะ, คะ, ด้วย, แล้ว, ข้อความ, โฆษณา, ส่ง, มา, อีก, ได้ไหม, หน่อย`),
  },
  zh: {
    asks: list(`别再发, 別再發, 不要发, 不要發, 别发了, 別發了, 不想收到, 停止发送, 停止發送`),
    company: list(`请, 請, 谢谢, 謝謝, 了, 吧, 啊, 给我, 給我, 再, 我要, 我想, 短信, 簡訊, 消息, 信息, 訊息, 广告, 廣告, 发送, 發送`),
  },
  ja: {
    asks: list(`送らないで, 送信しないで, 配信しないで, いらない, 要りません, いりません, やめて, 止めて, 停止して`),
    company: list(
      `お願いします, おねがいします, ください, 下さい, すぐに, もう, を, の, は, して, メッセージ, 配信, メール, 送信, 希望, です`,
    ),
  },
  ko: {
    asks: list(`보내지 마세요, 보내지마, 연락하지 마세요, 받고 싶지 않, 그만 보내`),
    company: list(
      `제발, 부탁, 드립니다, 합니다, 해주세요, 해 주세요, 하세요, 해줘, 요, 좀, 이제, 문자, 메시지, 메세지, 광고, 보내세요, 보내, 세요, 를, 을`,
    ),
  },
  sw: {
    asks: list(`usinitumie, msinitumie, sitaki ujumbe, acha kutuma, acheni kutuma`),
    company: list(`tafadhali, asante, sasa, ujumbe, jumbe, sms, kunitumia, kutuma, tena, mimi`),
  },
  ro: {
    asks: list(`
      nu mai vreau mesaje, nu mai vreau să primesc, nu mai trimiteți, nu îmi mai trimiteți, nu mai trimite, nu doresc mesaje,
      vreau să mă dezabonez, dezabonați mă
    `),
    company: list(`
      vă rog, te rog, rog, mulțumesc, acum, mai, mă, îmi, de, la, mesaj, mesaje, mesajele, sms, reclame, abonamentul
    `),
  },
  el: {
    asks: list(`
      μη στέλνετε, μην στέλνετε, μη μου στέλνετε, μην μου στέλνετε, δεν θέλω άλλα, σταματήστε, σταμάτα, διαγράψτε με
    `),
    company: list(`παρακαλώ, ευχαριστώ, τώρα, πια, άλλο, άλλα, μου, με, από, τη, τα, λίστα, μήνυμα, μηνύματα, sms, διαφημίσεις`),
  },
  sv: {
    asks: list(`
      inga fler, skicka inte, skicka inga, jag vill avsluta, jag vill avregistrera mig, ta bort mig, sluta skicka, vill inte ha fler
    `),
    company: list(`
      snälla, tack, nu, mer, mig, från, listan, era, dessa, meddelande, meddelanden, sms, reklam, utskick, skicka, att
    `),
  },
};
