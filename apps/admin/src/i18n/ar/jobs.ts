import type { jobs as en } from '../en/jobs';
import type { Words } from '../words';

export const jobs: Words<typeof en> = {
  jobs: {
    job: 'المهمة',
    state: 'الحالة',
    progress: 'التقدم',
    result: 'النتيجة',
    who: 'بواسطة',
    asked: 'طُلبت',
    pace: 'الحد الأقصى في الدقيقة',
    started: 'بدأت',
    ended: 'انتهت',
    failed_ids: 'معرّفات ما فشل',
    id: 'المعرّف',
    empty: 'لا مهام بعد',
    empty_text: 'إعادة معالجة كل ما يطابق مرشّحًا أو استبعاده أو إلغاؤه أو تسليمه من جديد تجري كمهمة وتظهر هنا.',
    of: '%{done} من %{total}',
    left: 'بقي %{time}',
    by: 'طلبها %{name}، %{at}.',
    stop: 'إيقاف',
    stopping: 'جارٍ الإيقاف',
    may_not_stop: 'يمكنك رؤية هذه المهمة، لكن لا يحق لك إيقافها.',
    failed: '%{figure} فشل |||| %{figure} فشل |||| %{figure} فشل |||| %{figure} فشل |||| %{figure} فشل |||| %{figure} فشل',
    rest: '%{figure} لم تُبلغ |||| %{figure} لم تُبلغ |||| %{figure} لم تُبلغ |||| %{figure} لم تُبلغ |||| %{figure} لم تُبلغ |||| %{figure} لم تُبلغ',
    what: {
      dead_letters_redrive:
        'إعادة معالجة %{figure} رسالة متعثرة |||| إعادة معالجة رسالة متعثرة واحدة |||| إعادة معالجة رسالتين متعثرتين |||| إعادة معالجة %{figure} رسائل متعثرة |||| إعادة معالجة %{figure} رسالة متعثرة |||| إعادة معالجة %{figure} رسالة متعثرة',
      dead_letters_discard:
        'استبعاد %{figure} رسالة متعثرة |||| استبعاد رسالة متعثرة واحدة |||| استبعاد رسالتين متعثرتين |||| استبعاد %{figure} رسائل متعثرة |||| استبعاد %{figure} رسالة متعثرة |||| استبعاد %{figure} رسالة متعثرة',
      messages_cancel:
        'إلغاء %{figure} رسالة |||| إلغاء رسالة واحدة |||| إلغاء رسالتين |||| إلغاء %{figure} رسائل |||| إلغاء %{figure} رسالة |||| إلغاء %{figure} رسالة',
      callbacks_replay:
        'تسليم %{figure} إشعار من جديد |||| تسليم إشعار واحد من جديد |||| تسليم إشعارين من جديد |||| تسليم %{figure} إشعارات من جديد |||| تسليم %{figure} إشعارًا من جديد |||| تسليم %{figure} إشعار من جديد',
      events_replay:
        'إعادة %{figure} حدث |||| إعادة حدث واحد |||| إعادة حدثين |||| إعادة %{figure} أحداث |||| إعادة %{figure} حدثًا |||| إعادة %{figure} حدث',
    },
    done: {
      dead_letters_redrive:
        '%{figure} أُعيدت معالجتها |||| %{figure} أُعيدت معالجتها |||| %{figure} أُعيدت معالجتها |||| %{figure} أُعيدت معالجتها |||| %{figure} أُعيدت معالجتها |||| %{figure} أُعيدت معالجتها',
      dead_letters_discard:
        '%{figure} استُبعدت |||| %{figure} استُبعدت |||| %{figure} استُبعدت |||| %{figure} استُبعدت |||| %{figure} استُبعدت |||| %{figure} استُبعدت',
      messages_cancel:
        '%{figure} أُلغيت |||| %{figure} أُلغيت |||| %{figure} أُلغيت |||| %{figure} أُلغيت |||| %{figure} أُلغيت |||| %{figure} أُلغيت',
      callbacks_replay:
        '%{figure} تُسلَّم من جديد |||| %{figure} تُسلَّم من جديد |||| %{figure} تُسلَّم من جديد |||| %{figure} تُسلَّم من جديد |||| %{figure} تُسلَّم من جديد |||| %{figure} تُسلَّم من جديد',
      events_replay:
        '%{figure} تُقرأ ثانية |||| %{figure} تُقرأ ثانية |||| %{figure} تُقرأ ثانية |||| %{figure} تُقرأ ثانية |||| %{figure} تُقرأ ثانية |||| %{figure} تُقرأ ثانية',
    },
    skipped: {
      not_editable: 'لا يمكن تغييرها',
      of_campaign: 'من حملة تحدد خطتها الأرقام',
      session_deleted: 'حُذف رقمها الجديد',
      no_other_number: 'أرقام لا قراءة أخرى لها في هذا البلد',
      opted_out: 'ألغوا الاشتراك منذ ذلك الحين',
      bad_number: 'أرقام لا يمكن الوصول إليها',
      suppressed: 'عناوين محظورة',
      agency_suppressed: 'عناوين حظرتها الوكالة',
      needs_consent: 'تُركت: قد تُرسل مرتين',
      changed_since: 'سوّاها شخص آخر في الأثناء',
      message_deleted: 'رسائل حُذفت في الأثناء',
      campaign_over: 'رسائل من حملة انتهت',
      group_cancelled: 'أُلغيت مجموعتها',
      import_undone: 'أشخاص من استيراد تم التراجع عنه',
      no_consent: 'أشخاص بلا الموافقة التي تشترطها الحملة',
      too_late: 'في طريقها بالفعل',
    },
  },
  selection: {
    some: '%{figure} من هذه الصفحة محدد. |||| %{figure} من هذه الصفحة محدد. |||| %{figure} من هذه الصفحة محدد. |||| %{figure} من هذه الصفحة محدد. |||| %{figure} من هذه الصفحة محدد. |||| %{figure} من هذه الصفحة محدد.',
    whole: 'كل الـ %{figure} التي تطابق هذا المرشّح محددة، لا الـ %{page} التي في هذه الصفحة فقط.',
    all: 'حدد كل الـ %{figure} المطابقة',
    only_page: 'حدد هذه الصفحة فقط',
  },
  trend: {
    grows: 'في ازدياد',
  },
};
