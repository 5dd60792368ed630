import type { reasons as en } from '../en/reasons';
import type { Words } from '../words';

export const reasons: Words<typeof en> = {
  agency_suppressed: {
    text: 'L’adresse est sur la liste d’exclusion de toute l’installation.',
    do: 'Adressez-vous aux personnes qui gèrent l’installation.',
  },
  answer_lost: { text: 'La réponse du fournisseur s’est perdue. On cherche des preuves.', do: 'Attendez.' },
  answer_mismatched: {
    text: 'La réponse du fournisseur nommait un autre destinataire. On cherche des preuves ; le message n’est jamais renvoyé de lui-même.',
    do: 'Demandez au destinataire, et signalez-le au fournisseur.',
  },
  answer_unreadable: { text: 'La réponse du fournisseur n’a pas pu être lue. On cherche des preuves.', do: 'Attendez.' },
  bad_number: {
    text: 'Le numéro n’est pas sur WhatsApp, ou les messages à ce numéro ont échoué plusieurs fois.',
    do: 'Vérifiez le numéro. S’il est juste, levez l’exclusion.',
  },
  callback_undelivered: {
    text: 'Le point d’appel n’a accepté aucune des tentatives d’un callback.',
    do: 'Réparez le point d’appel, puis relancez.',
  },
  campaign_over: {
    text: 'La campagne du message est terminée : plus rien n’en est envoyé.',
    do: 'Abandonnez la lettre. Pour joindre la personne, envoyez un nouveau message ou faites une campagne de suite.',
  },
  cancelled: { text: 'Le message a été annulé.', do: 'Rien.' },
  claim_lost: { text: 'Un worker avait pris le message et ne l’a pas envoyé, c’est prouvé. Il est revenu dans sa file.', do: 'Attendez.' },
  discarded: { text: 'Une personne a abandonné le message.', do: 'Rien.' },
  duplicate: { text: 'Le contact a été fusionné avec un autre qui a un message de la même campagne.', do: 'Rien.' },
  duplicate_content: {
    text: 'Le même contenu est parti peu avant à la même personne, dans le délai de la protection contre les copies.',
    do: 'Rien, ou raccourcissez ce délai dans les réglages.',
  },
  evidence: { text: 'Un écho de WhatsApp ou le journal du fournisseur a prouvé que le message était parti.', do: 'Rien.' },
  expired: { text: 'Le délai du message est passé avant qu’il puisse être envoyé.', do: 'Envoyez un nouveau message.' },
  file_failed: {
    text: 'Le fournisseur n’accepte pas le fichier du message, ou le fichier n’existe plus.',
    do: 'Lisez la réponse du fournisseur dans le détail. Envoyez un autre fichier.',
  },
  file_unavailable: {
    text: 'Le fournisseur n’a pas encore le fichier du message. Le message attend dans sa file.',
    do: 'Attendez. Si cela dure, lisez le détail : le transfert du fichier échoue.',
  },
  frequency_cap: {
    text: 'La personne a reçu autant de messages de campagnes que le plafond de fréquence du client le permet.',
    do: 'Rien, ou relevez le plafond.',
  },
  group_cancelled: {
    text: 'Le groupe du message a été annulé.',
    do: 'Abandonnez la lettre. Pour joindre la personne, envoyez un nouveau message.',
  },
  import_undone: {
    text: 'L’importation qui a ajouté la personne, ou enregistré son consentement, a été annulée.',
    do: 'Rien. Importez les bonnes personnes et écrivez-leur.',
  },
  invalid_content: { text: 'Le fournisseur a refusé le contenu.', do: 'Vérifiez le lien du fichier, sa taille et les champs.' },
  invalid_recipient: { text: 'L’adresse n’est pas sur WhatsApp.', do: 'Corrigez le numéro, puis relancez avec le nouveau.' },
  late_answer: { text: 'La réponse d’une tentative précédente est arrivée trop tard pour compter.', do: 'Rien.' },
  may_duplicate: {
    text: 'La base de données a été restaurée d’une sauvegarde, et une personne a libéré le message alors qu’il était peut-être déjà parti.',
    do: 'Rien, ou demandez au destinataire.',
  },
  message_deleted: {
    text: 'Le message a été supprimé.',
    do: 'Abandonnez la lettre. Pour joindre la personne, envoyez un nouveau message.',
  },
  missed_window: {
    text: 'L’horaire d’envoi du message était terminé, et sa campagne omet ce qui est en retard.',
    do: 'Envoyez une nouvelle campagne à ces personnes, ou laissez les messages en retard attendre le prochain horaire d’envoi.',
  },
  no_consent: {
    text: 'La personne n’a plus le consentement au marketing que la campagne exige.',
    do: 'Abandonnez la lettre, ou enregistrez un consentement que la personne a donné.',
  },
  not_found: {
    text: 'Le fournisseur ne connaît pas le message cité ou le groupe.',
    do: 'Vérifiez le message cité ou le groupe.',
  },
  not_sent: { text: 'Le fournisseur n’a pas pu être joint. Une autre tentative suivra.', do: 'Attendez.' },
  opted_out: { text: 'La personne s’est désinscrite.', do: 'Rien. La personne peut se réinscrire.' },
  outcome_not_written: {
    text: 'La réponse du fournisseur n’a pas pu être enregistrée. Le message est revenu dans sa file, ou l’on cherche des preuves.',
    do: 'Attendez. Le journal du worker montre l’erreur de la base de données.',
  },
  outcome_unknown: {
    text: 'La réponse du fournisseur s’est perdue, et aucune preuve n’a été trouvée.',
    do: 'Demandez au destinataire, ou relancez en acceptant une éventuelle seconde copie.',
  },
  provider_error: {
    text: 'WhatsApp a signalé une erreur après que le fournisseur avait accepté le message.',
    do: 'Vérifiez le numéro, puis relancez.',
  },
  redriven: { text: 'Une personne ou le réglage du client a renvoyé le message.', do: 'Rien.' },
  refused: { text: 'Le fournisseur a refusé le message définitivement.', do: 'Lisez la réponse du fournisseur dans le détail.' },
  refused_broker_message: {
    text: 'Le message d’un broker a été lu, mais n’a pas pu être enregistré.',
    do: 'Lisez le détail. Corrigez l’expéditeur, ou corrigez ce que le message désigne, puis relancez.',
  },
  retries_exhausted: {
    text: 'Le fournisseur n’a pas pu être joint en huit tentatives.',
    do: 'Relancez dès que le fournisseur répond de nouveau.',
  },
  session_down: { text: 'Le numéro n’est pas connecté.', do: 'Liez de nouveau le numéro.' },
  source_unavailable: {
    text: 'Ce dont le texte du message est composé ne peut pas être lu en ce moment. Le message attend dans sa file.',
    do: 'Attendez. Si cela dure, vérifiez que les workers sont prêts.',
  },
  suppressed: { text: 'L’adresse est sur la liste d’exclusion.', do: 'Levez l’exclusion.' },
  template_failed: {
    text: 'Le texte n’a pas pu être composé à partir de son modèle et de ses variables.',
    do: 'Lisez le détail. Corrigez le modèle et relancez, ou relancez avec un texte à vous.',
  },
  throttled: { text: 'Le fournisseur a demandé au numéro d’attendre.', do: 'Attendez. Si cela se répète, réduisez la cadence.' },
  unauthorised: { text: 'Le fournisseur refuse la clé du numéro.', do: 'Saisissez la clé actuelle.' },
  unreadable_broker_message: {
    text: 'Le message d’un broker n’est pas un CloudEvent lisible.',
    do: 'Lisez le détail et corrigez l’expéditeur. Relancer n’aide qu’après une mise à jour.',
  },
  unreadable_hook: { text: 'Un hook n’a pas pu être lu.', do: 'Relancez après une mise à jour, ou abandonnez.' },
  worker_died: {
    text: 'Le processus qui envoyait le message s’est arrêté. Le message est revenu dans sa file, ou l’on cherche des preuves.',
    do: 'Attendez.',
  },
};
