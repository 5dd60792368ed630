import type { accounts as en } from '../en/accounts';
import type { Words } from '../words';

export const accounts: Words<typeof en> = {
  accounts: {
    title: 'حسابات المزوّد',
    name: 'الحساب',
    provider: 'المزوّد',
    numbers: 'الأرقام',
    numbers_of: 'لا أرقام |||| رقم واحد |||| رقمان |||| %{smart_count} أرقام |||| %{smart_count} رقمًا |||| %{smart_count} رقم',
    no_numbers: 'لا يستخدم أي رقم هذا الحساب.',
    close: 'إغلاق',
    added: 'أُضيف',
    add: 'إضافة حساب',
    add_do: 'أضف الحساب',
    empty: 'لا حساب لدى المزوّد بعد',
    empty_text: 'برمز الوصول إلى حساب، ينشئ Heliograph الأرقام لدى المزوّد ويربطها ويزيلها.',
    may_not: 'يمكنك رؤية حسابات المزوّد، لكن لا يحق لك تغييرها. يحق ذلك للمشغّلين والمسؤولين.',
    more: 'المزيد عن %{name}',
    check: 'فحص',
    checking: 'جارٍ الفحص',
    check_good:
      'يقبل المزوّد رمز «%{name}». لا جلسات لديه. |||| يقبل المزوّد رمز «%{name}». لديه جلسة واحدة. |||| يقبل المزوّد رمز «%{name}». لديه جلستان. |||| يقبل المزوّد رمز «%{name}». لديه %{smart_count} جلسات. |||| يقبل المزوّد رمز «%{name}». لديه %{smart_count} جلسة. |||| يقبل المزوّد رمز «%{name}». لديه %{smart_count} جلسة.',
    check_bad: 'رمز «%{name}» لا يعمل.',
    rename: 'إعادة تسمية',
    replace: 'استبدال الرمز',
    remove: 'إزالة',
    in_use: 'ما زالت أرقام تستخدمه.',
    form: {
      name: 'الاسم',
      name_help: 'لا يراه إلا مستخدمو اللوحة.',
      token: 'رمز الوصول',
      token_help: 'يعرضه المزوّد في صفحة حسابك. يُفحص لديه ويُحفظ مختومًا ولا يُعرض بعدها أبدًا.',
    },
    save_name: 'احفظ الاسم',
    save_token: 'استخدم هذا الرمز',
    replace_text: 'يُفحص الرمز الجديد لدى المزوّد أولًا. إن رُفض بقي القديم.',
    keep: 'لا تغيّر شيئًا',
    remove_title: 'إزالة الحساب «%{name}»؟',
    remove_text: 'ينسى Heliograph رمزه. ولا يتغيّر شيء لدى المزوّد.',
    remove_do: 'أزل الحساب',
  },
};
