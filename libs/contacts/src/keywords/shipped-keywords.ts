/** Keywords of one language. */
export interface KeywordSet {
  optOut: readonly string[];
  optIn: readonly string[];
}

/**
 * Shipped keywords by ISO 639-1 code. A message matches when it consists of one of them and nothing else. A tenant's own set replaces that
 * of the language.
 */
export const shippedKeywords: Readonly<Record<string, KeywordSet>> = {
  en: {
    optOut: [
      'stop',
      'stop all',
      'stopall',
      'unsubscribe',
      'opt out',
      'optout',
      'cancel',
      'quit',
      'end',
      'remove me',
      'stop messages',
      'no more messages',
      'revoke',
      'stop promotions',
      'stop promotion',
      'stop marketing',
    ],
    optIn: ['start', 'unstop', 'subscribe', 'opt in', 'optin', 'resume'],
  },
  es: {
    optOut: [
      'parar',
      'alto',
      'baja',
      'darme de baja',
      'dar de baja',
      'cancelar',
      'cancelar suscripción',
      'detener',
      'no más mensajes',
      'salir',
      'detener promociones',
      'revocar',
    ],
    optIn: ['alta', 'iniciar', 'empezar', 'suscribir', 'suscribirme', 'reanudar'],
  },
  pt: {
    optOut: [
      'parar',
      'pare',
      'sair',
      'cancelar',
      'cancelar inscrição',
      'descadastrar',
      'remover',
      'não quero mais',
      'chega',
      'interromper promoções',
      'parar promoções',
      'revogar',
    ],
    optIn: ['iniciar', 'começar', 'inscrever', 'voltar', 'assinar', 'quero receber'],
  },
  fr: {
    optOut: [
      'arrêt',
      'arrêter',
      'arrêtez',
      'désabonner',
      'se désabonner',
      'désinscrire',
      'désinscription',
      'annuler',
      'résilier',
      'arrêter les promotions',
      'stop promotions',
      'révoquer',
    ],
    optIn: ['démarrer', 'abonner', "s'abonner", 'réabonner', 'reprendre', 'inscrire'],
  },
  de: {
    optOut: [
      'stopp',
      'stoppen',
      'abmelden',
      'abbestellen',
      'kündigen',
      'austragen',
      'keine nachrichten',
      'aufhören',
      'werbung stoppen',
      'werbeaktionen stoppen',
      'widerrufen',
      'widerruf',
    ],
    optIn: ['anmelden', 'starten', 'abonnieren', 'fortsetzen', 'wieder anmelden'],
  },
  it: {
    optOut: [
      'ferma',
      'fermare',
      'annulla',
      'cancella',
      'cancellami',
      'disiscrivi',
      'disiscrivimi',
      'basta',
      'rimuovi',
      'interrompi promozioni',
      'interrompi le promozioni',
      'revoca',
    ],
    optIn: ['inizia', 'iscrivi', 'iscrivimi', 'riprendi', 'attiva'],
  },
  nl: {
    optOut: [
      'stoppen',
      'afmelden',
      'uitschrijven',
      'opzeggen',
      'geen berichten meer',
      'stop met promoties',
      'promoties stoppen',
      'intrekken',
    ],
    optIn: ['aanmelden', 'inschrijven', 'hervatten', 'beginnen'],
  },
  pl: {
    optOut: ['wypisz', 'wypisz mnie', 'rezygnuję', 'rezygnacja', 'anuluj', 'zatrzymaj', 'koniec', 'zatrzymaj promocje', 'cofnij zgodę'],
    optIn: ['zapisz', 'zapisz mnie', 'wznów', 'zacznij', 'subskrybuj'],
  },
  ru: {
    optOut: [
      'стоп',
      'отписаться',
      'отписка',
      'отмена',
      'отпишите меня',
      'не писать',
      'хватит',
      'остановить рекламу',
      'остановить рассылку',
      'отозвать',
    ],
    optIn: ['старт', 'подписаться', 'подписка', 'возобновить', 'начать'],
  },
  uk: {
    optOut: ['стоп', 'відписатися', 'відписка', 'скасувати', 'не писати', 'відпишіть мене', 'зупинити рекламу', 'відкликати'],
    optIn: ['старт', 'підписатися', 'підписка', 'відновити', 'почати'],
  },
  tr: {
    optOut: ['dur', 'durdur', 'iptal', 'abonelikten çık', 'çık', 'istemiyorum', 'ret', 'promosyonları durdur', 'tanıtımları durdur'],
    optIn: ['başla', 'başlat', 'abone ol', 'devam', 'kabul'],
  },
  ar: {
    optOut: ['توقف', 'إيقاف', 'الغاء', 'إلغاء', 'إلغاء الاشتراك', 'الغاء الاشتراك', 'أوقف', 'إيقاف العروض', 'إيقاف العروض الترويجية'],
    optIn: ['ابدأ', 'بدء', 'اشتراك', 'اشترك', 'استئناف'],
  },
  he: {
    optOut: ['הסר', 'הסירו', 'הסרה', 'עצור', 'די', 'ביטול', 'להסיר', 'הפסקת מבצעים', 'הפסק קידומי מכירות'],
    optIn: ['התחל', 'הצטרף', 'הרשמה', 'הירשם', 'חזור'],
  },
  fa: {
    optOut: ['توقف', 'لغو', 'لغو اشتراک', 'انصراف', 'قطع', 'توقف تبلیغات', 'لغو تبلیغات'],
    optIn: ['شروع', 'اشتراک', 'عضویت', 'ادامه'],
  },
  ur: {
    optOut: ['روکو', 'بند', 'بند کرو', 'بند کریں', 'منسوخ', 'پروموشنز بند کریں'],
    optIn: ['شروع', 'شروع کریں', 'سبسکرائب', 'جاری رکھیں'],
  },
  hi: {
    optOut: ['रोकें', 'रोको', 'बंद', 'बंद करें', 'बंद करो', 'सदस्यता समाप्त', 'प्रमोशन बंद करें', 'प्रचार बंद करें'],
    optIn: ['शुरू', 'शुरू करें', 'सदस्यता लें', 'चालू करें'],
  },
  bn: {
    optOut: ['বন্ধ', 'বন্ধ করুন', 'থামুন', 'থামান', 'বাতিল', 'প্রচার বন্ধ করুন'],
    optIn: ['শুরু', 'শুরু করুন', 'সাবস্ক্রাইব', 'চালু করুন'],
  },
  id: {
    optOut: [
      'berhenti',
      'henti',
      'batal',
      'batalkan',
      'keluar',
      'berhenti langganan',
      'stop pesan',
      'hentikan promosi',
      'berhenti promosi',
    ],
    optIn: ['mulai', 'langganan', 'berlangganan', 'lanjut', 'daftar'],
  },
  ms: {
    optOut: ['berhenti', 'henti', 'batal', 'keluar', 'tamat langganan', 'hentikan promosi', 'berhenti promosi'],
    optIn: ['mula', 'langgan', 'sambung', 'daftar'],
  },
  vi: {
    optOut: ['dừng', 'dừng lại', 'hủy', 'huỷ', 'hủy đăng ký', 'ngừng', 'dừng khuyến mãi', 'ngừng khuyến mãi'],
    optIn: ['bắt đầu', 'đăng ký', 'tiếp tục'],
  },
  th: {
    optOut: ['หยุด', 'ยกเลิก', 'ยกเลิกการรับข้อความ', 'เลิกรับ', 'หยุดโปรโมชั่น', 'หยุดโปรโมชัน'],
    optIn: ['เริ่ม', 'สมัคร', 'รับข้อความ', 'เริ่มใหม่'],
  },
  zh: {
    optOut: [
      '停止',
      '退订',
      '退訂',
      '取消',
      '取消订阅',
      '取消訂閱',
      '不要再发',
      '不要再發',
      '停止促销',
      '停止推广',
      '停止促銷',
      '停止推廣',
    ],
    optIn: ['开始', '開始', '订阅', '訂閱', '恢复', '恢復'],
  },
  ja: {
    optOut: ['停止', '配信停止', '解除', 'ストップ', '登録解除', 'やめる', 'プロモーションを停止', '宣伝を停止'],
    optIn: ['開始', '再開', '登録', 'スタート', '配信再開'],
  },
  ko: {
    optOut: ['중지', '정지', '그만', '수신거부', '수신 거부', '해지', '구독 취소', '프로모션 중지', '광고 중지'],
    optIn: ['시작', '구독', '수신동의', '수신 동의', '재개'],
  },
  sw: {
    optOut: ['acha', 'simamisha', 'ondoa', 'jiondoe', 'sitaki', 'acha matangazo'],
    optIn: ['anza', 'jiunge', 'endelea', 'jisajili'],
  },
  ro: {
    optOut: ['oprește', 'opreste', 'dezabonare', 'dezabonează', 'anulează', 'renunț', 'oprește promoțiile', 'revocă'],
    optIn: ['pornește', 'abonare', 'abonează', 'reia', 'începe'],
  },
  el: {
    optOut: ['στοπ', 'διακοπή', 'διαγραφή', 'ακύρωση', 'κατάργηση εγγραφής', 'διακοπή προωθήσεων', 'ανάκληση'],
    optIn: ['έναρξη', 'εγγραφή', 'συνέχεια', 'ξεκίνα'],
  },
  sv: {
    optOut: ['stoppa', 'sluta', 'avsluta', 'avregistrera', 'avprenumerera', 'avanmäl', 'stoppa kampanjer', 'återkalla'],
    optIn: ['börja', 'anmäl', 'prenumerera', 'återuppta'],
  },
};
