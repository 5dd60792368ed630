import type { live as en } from '../en/live';
import type { Words } from '../words';

export const live: Words<typeof en> = {
  live: {
    live: 'مباشر',
    reconnecting: 'جارٍ إعادة الاتصال',
    paused: 'متوقف مؤقتًا',
    pause: 'اضغط لإيقاف الصفحة أثناء القراءة.',
    resume: 'اضغط للمتابعة.',
    last: 'آخر حدث عند %{time}.',
    waiting: '%{figure} جديد |||| %{figure} جديد |||| %{figure} جديدان |||| %{figure} جديدة |||| %{figure} جديدًا |||| %{figure} جديد',
  },
  alerts: {
    bell: 'لا شيء يحتاج إليك (%{figure}) |||| أمر واحد يحتاج إليك (%{figure}) |||| أمران يحتاجان إليك (%{figure}) |||| %{figure} أمور تحتاج إليك |||| %{figure} أمرًا يحتاج إليك |||| %{figure} أمر يحتاج إليك',
    none: 'لا شيء يحتاج إليك.',
    all: 'اعرض الكل (%{count}) في النظرة العامة',
    need: 'تحتاج إليك',
    unnamed: 'مجموعة بلا اسم',
    ledger_held: {
      title: 'قاعدة البيانات محجوزة لأنها نسخة قديمة',
      text: 'السلاسل والحملات وكل ما كانت قد قبلته ينتظر حتى يفرج عنه شخص من سطر الأوامر.',
      act: 'انظر الدليل',
    },
    no_worker: {
      title: 'لا عامل يعمل',
      text: 'لا يُرسل شيء. تنتظر الرسائل وتُرسل متى عمل عامل.',
      act: 'انظر المحرك',
    },
    number_logged_out: { title: 'سُجّل خروج %{name}', text: 'تنتظر رسائله حتى يُربط هاتف من جديد.', act: 'اربط من جديد' },
    number_expired: { title: 'انتهت خطة %{name}', text: 'تنتظر رسائله حتى تُجدّد الخطة لدى المزوّد.', act: 'افتح' },
    number_key_refused: { title: 'يرفض المزوّد مفتاح %{name}', text: 'تنتظر رسائله حتى يوضع مفتاح صالح.', act: 'ضع مفتاحًا' },
    number_changed: { title: '%{name} مربوط بهاتف آخر', text: 'لا يُرسل شيء حتى يؤكد أحد الهاتف.', act: 'قارن' },
    number_needs_scan: { title: 'ينتظر %{name} مسح رمز QR', text: 'تنتظر رسائله.', act: 'اعرض الرمز' },
    number_needs_passkey: { title: 'ينتظر %{name} مفتاح مرور', text: 'تنتظر رسائله.', act: 'افتح' },
    number_disconnected: { title: 'فقد %{name} اتصاله', text: 'تنتظر رسائله. قد يكون الهاتف مطفأ أو بلا شبكة.', act: 'افتح' },
    endpoint_disabled: { title: 'نقطة الاستقبال %{name} معطّلة', text: 'فشلت مدة طويلة. تنتظر إشعاراتها.', act: 'افتح' },
    endpoint_failing: { title: 'نقطة الاستقبال %{name} تفشل', text: 'تُعاد محاولة إشعاراتها وتنتظر في أثناء ذلك.', act: 'افتح' },
    dead_letters: {
      title:
        'لا رسائل متعثرة (%{figure}): %{cause} |||| رسالة متعثرة واحدة (%{figure}): %{cause} |||| رسالتان متعثرتان (%{figure}): %{cause} |||| %{figure} رسائل متعثرة: %{cause} |||| %{figure} رسالة متعثرة: %{cause} |||| %{figure} رسالة متعثرة: %{cause}',
      text: 'جاءت أحدثها خلال يوم.',
      act: 'افتح السبب',
    },
    unknown_outcome: {
      title:
        'لا رسائل مجهولة النتيجة (%{figure}) |||| رسالة واحدة مجهولة النتيجة (%{figure}) |||| رسالتان مجهولتا النتيجة (%{figure}) |||| %{figure} رسائل مجهولة النتيجة |||| %{figure} رسالة مجهولة النتيجة |||| %{figure} رسالة مجهولة النتيجة',
      text: 'لم يُعثر على أثر في الوقت المحدد. قد تصل نسخة ثانية إذا أُرسلت من جديد.',
      act: 'قرّر',
    },
    cap_near: { title: 'بقي اليوم للرقم %{name} %{figure} من %{of}', text: 'يتوقف لبقية اليوم عند بلوغ الحد.', act: 'انظر الحدود' },
    group_paused: { title: '%{name} متوقفة مؤقتًا', text: 'تنتظر رسائلها حتى يستأنفها أحد.', act: 'انظر الرسائل' },
  },
};
