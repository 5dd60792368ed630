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
    unread: 'تعذّرت قراءة ما يحتاج إليك',
    bell: 'لا شيء يحتاج إليك (%{figure}) |||| أمر واحد يحتاج إليك (%{figure}) |||| أمران يحتاجان إليك (%{figure}) |||| %{figure} أمور تحتاج إليك |||| %{figure} أمرًا يحتاج إليك |||| %{figure} أمر يحتاج إليك',
    none: 'لا شيء يحتاج إليك.',
    all: 'اعرض الكل (%{count}) في النظرة العامة',
    need: 'تحتاج إليك',
    unnamed: 'مجموعة بلا اسم',
    waiting: {
      messages: {
        some: 'تنتظر الرسائل',
        count:
          'لا رسائل تنتظر (%{figure}) |||| تنتظر رسالة واحدة (%{figure}) |||| تنتظر رسالتان (%{figure}) |||| تنتظر %{figure} رسائل |||| تنتظر %{figure} رسالة |||| تنتظر %{figure} رسالة',
        more: 'تنتظر %{figure} رسالة أو أكثر',
      },
      callbacks: {
        some: 'تنتظر الإشعارات',
        count:
          'لا إشعارات تنتظر (%{figure}) |||| ينتظر إشعار واحد (%{figure}) |||| ينتظر إشعاران (%{figure}) |||| تنتظر %{figure} إشعارات |||| ينتظر %{figure} إشعارًا |||| ينتظر %{figure} إشعار',
        more: 'ينتظر %{figure} إشعار أو أكثر',
      },
    },
    phones: 'المتوقع %{confirmed} والموجود %{linked}.',
    broker_down: {
      title: 'تعذّر الوصول إلى الوسيط %{name}',
      text: 'ما يحمله ينتظر لديه: %{cause}',
      silent: 'لا عامل يقرؤه. ما يحمله ينتظر لديه.',
      act: 'انظر الطوابير',
    },
    events_rejected: {
      title:
        'لا أحداث لم تُتّبع (%{figure}): %{cause} |||| حدث واحد لم يُتّبع (%{figure}): %{cause} |||| حدثان لم يُتّبعا (%{figure}): %{cause} |||| %{figure} أحداث لم تُتّبع: %{cause} |||| %{figure} حدثًا لم يُتّبع: %{cause} |||| %{figure} حدث لم يُتّبع: %{cause}',
      text: 'جاء أحدثها خلال يوم.',
      act: 'افتح السبب',
    },
    opt_out_reviews: {
      title:
        'لا رسائل قد تكون إلغاء اشتراك (%{figure}) |||| رسالة واحدة قد تكون إلغاء اشتراك (%{figure}) |||| رسالتان قد تكونان إلغاء اشتراك (%{figure}) |||| %{figure} رسائل قد تكون إلغاء اشتراك |||| %{figure} رسالة قد تكون إلغاء اشتراك |||| %{figure} رسالة قد تكون إلغاء اشتراك',
      text: 'إلى أن يقرّر أحد، تستمر مراسلة هؤلاء الأشخاص كما كانت.',
      act: 'قرّر',
    },
    campaign_failed: { title: 'فشلت %{name}', text: 'لا يمكنها أن تستمر. وأُلغي ما لم تكن قد أرسلته.', act: 'افتح الحملة' },
    campaign_held: { title: 'توقفت %{name}', text: '%{why} %{waiting}.', act: 'افتح الحملة' },
    campaign_approval: {
      title: 'تنتظر %{name} الموافقة',
      text: 'يجب أن يوافق عليها شخص لم يكتبها ولم يغيّرها قبل أن تبدأ.',
      act: 'افتح الحملة',
    },
    campaign_paused: { title: '%{name} متوقفة مؤقتًا', text: '%{waiting} حتى يستأنفها أحد.', act: 'افتح الحملة' },
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
    account_guessed: {
      title: 'أحدهم يخمّن كلمة مرور %{name}',
      text: 'محاولات الدخول كثيرة جدًا. المحاولات محدودة، ويدخل صاحب الحساب من شبكة استخدمها من قبل أو برابط يضع كلمة مرور.',
      act: 'انظر الشخص',
    },
    number_logged_out: { title: 'سُجّل خروج %{name}', text: '%{waiting} حتى يُربط هاتف من جديد.', act: 'اربط من جديد' },
    number_expired: { title: 'انتهت خطة %{name}', text: '%{waiting} حتى تُجدّد الخطة لدى المزوّد.', act: 'افتح' },
    number_key_refused: { title: 'يرفض المزوّد مفتاح %{name}', text: '%{waiting} حتى يوضع مفتاح صالح.', act: 'ضع مفتاحًا' },
    number_changed: { title: '%{name} مربوط بهاتف آخر', text: '%{phones} %{waiting} حتى يؤكد أحد الهاتف.', act: 'قارن' },
    lane_invalid: { title: 'لا يمكن استخدام حدود %{name}', text: '%{waiting} حتى تُصحّح حدوده وتُحفظ.', act: 'افتح' },
    number_needs_scan: { title: 'ينتظر %{name} مسح رمز QR', text: '%{waiting}.', act: 'اعرض الرمز' },
    number_needs_passkey: { title: 'ينتظر %{name} مفتاح مرور', text: '%{waiting}.', act: 'افتح' },
    number_disconnected: { title: 'فقد %{name} اتصاله', text: '%{waiting}. قد يكون الهاتف مطفأ أو بلا شبكة.', act: 'افتح' },
    endpoint_disabled: { title: 'نقطة الاستقبال %{name} معطّلة', text: 'فشلت مدة طويلة. %{waiting}.', act: 'افتح' },
    endpoint_failing: { title: 'نقطة الاستقبال %{name} تفشل', text: 'تُعاد محاولة إشعاراتها. %{waiting} في أثناء ذلك.', act: 'افتح' },
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
    cap_near: { title: 'بقي اليوم للرقم %{name} %{figure} من %{of}', text: 'يتوقف عند بلوغ الحد، حتى %{until}.', act: 'انظر الحدود' },
    group_paused: { title: '%{name} متوقفة مؤقتًا', text: '%{waiting} حتى يستأنفها أحد.', act: 'انظر الرسائل' },
  },
};
