import type { reactAdmin as en } from '../en/react-admin';
import type { Words } from '../words';

export const reactAdmin: Words<typeof en> = {
  ra: {
    action: { back: 'رجوع', close: 'إغلاق', refresh: 'تحديث', undo: 'تراجع' },
    auth: { auth_check_error: 'سجّل الدخول للمتابعة.', sign_in_error: 'تعذّر تسجيل الدخول. حاول مرة أخرى.' },
    message: {
      access_denied: 'دورك لا يفتح هذه الصفحة.',
      auth_error: 'تعذّر التحقق من دخولك.',
      authentication_error: 'لم يتمكن %{brand} من التحقق من دخولك. حاول بعد قليل.',
      error: 'حدث خلل ولم يمكن عرض هذه الصفحة.',
      invalid_form: 'بعض الحقول غير معبّأة بشكل صحيح.',
      loading: 'يستغرق هذا لحظة.',
      not_found: 'العنوان خاطئ، أو أن ما يعرضه لم يعد موجودًا.',
      select_all_limit_reached: 'حُدّدت أول %{max} صفوف فقط.',
      unsaved_changes: 'هل تغادر دون حفظ تغييراتك؟',
    },
    notification: {
      http_error: 'لم يُجب %{brand}.',
      i18n_error: 'تعذّر تحميل نصوص هذه اللغة.',
      logged_out: 'انتهت جلستك. سجّل الدخول من جديد.',
      not_authorized: 'لا يحق لك رؤية هذا.',
    },
    page: {
      access_denied: 'لا يحق لك رؤية هذا',
      authentication_error: 'تعذّر التحقق من الدخول',
      dashboard: 'نظرة عامة',
      error: 'حدث خطأ',
      list: '%{name}',
      loading: 'جارٍ التحميل',
      not_found: 'هذه الصفحة ليست هنا',
    },
  },
};
