import type { state as en } from '../en/state';
import type { Words } from '../words';

export const state: Words<typeof en> = {
  state: {
    message: {
      scheduled: 'مجدولة',
      queued: 'في الانتظار',
      claimed: 'قيد الإرسال',
      calling: 'قيد الإرسال',
      sent: 'أُرسلت',
      delivered: 'وصلت',
      read: 'قُرئت',
      played: 'شُغّلت',
      failed: 'فشلت',
      uncertain: 'غير مؤكدة',
      suppressed: 'محجوبة',
      cancelled: 'أُلغيت',
      expired: 'انتهت مدتها',
    },
    dead_letter: { open: 'مفتوحة', redriven: 'أُعيدت معالجتها', resolved: 'حُلّت', discarded: 'استُبعدت' },
    redrive: { helps: 'إعادة المعالجة تفيد', may_duplicate: 'قد تُرسل مرتين', no_help: 'إعادة المعالجة لا تفيد' },
    number: {
      connected: 'متصل',
      connecting: 'جارٍ الاتصال',
      needs_scan: 'يحتاج إلى مسح',
      needs_passkey: 'يحتاج إلى مفتاح مرور',
      asked_to_wait: 'عليه الانتظار',
      disconnected: 'غير متصل',
      logged_out: 'سُجّل خروجه',
      expired: 'انتهت صلاحيته',
      credentials_invalid: 'المفتاح مرفوض',
      number_changed: 'تغيّر الرقم',
      paused: 'موقوف مؤقتًا',
      new: 'جديد',
      unknown: 'غير معروف',
    },
  },
};
