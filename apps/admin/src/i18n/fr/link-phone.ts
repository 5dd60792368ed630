import type { linkPhone as en } from '../en/link-phone';
import type { Words } from '../words';

export const linkPhone: Words<typeof en> = {
  link_phone: {
    title: 'Associez votre téléphone',
    title_for: 'Associez votre téléphone sous le nom %{name}',
    lead: 'Votre téléphone et cet écran suffisent. Gardez cette page ouverte jusqu’à ce qu’elle dise que c’est fait.',
    other_screen:
      'Ouvrez cette page sur un second écran, comme un ordinateur ou une tablette : le téléphone avec WhatsApp y scanne le code.',
    step_open: 'Ouvrez WhatsApp sur le téléphone à associer.',
    idle: 'Un code vaut moins d’une minute. Affichez-le quand vous avez le téléphone sous la main.',
    show: 'Afficher le code',
    asking: 'Demande d’un code',
    new_code: 'Afficher un nouveau code',
    stopped: 'Ce code est ancien, et personne ne l’a scanné pendant quelques minutes.',
    passkey: 'WhatsApp demande une clé d’accès. Confirmez-la sur le téléphone.',
    connecting: 'Le téléphone a scanné le code.',
    connecting_text: 'WhatsApp se connecte ; cela prend quelques secondes. Laissez le téléphone déverrouillé.',
    linked: 'C’est fait.',
    linked_text: 'Ce téléphone est associé sous le nom %{name}. Vous pouvez fermer cette page.',
    other_phone: 'Un autre téléphone que celui attendu a été associé.',
    other_phone_text:
      'Rien n’en est envoyé tant que les personnes qui vous ont donné ce lien ne l’ont pas vu. Prévenez-les, s’il vous plaît.',
    used: 'Un téléphone a été associé avec ce lien.',
    used_text: 'Il n’y a plus rien à faire ici.',
    expired: 'Ce lien est trop ancien.',
    expired_text: 'Un lien vaut dix minutes. Demandez-en un nouveau.',
    unknown: 'Ce lien ne fonctionne pas.',
    unknown_text: 'Il a été retiré, un plus récent a été fait, ou il n’a pas été copié en entier. Demandez-en un nouveau.',
    offline: 'La page est injoignable pour le moment.',
    offline_text: 'Elle réessaie d’elle-même.',
    too_many: 'Trop d’essais.',
    too_many_text: 'Attendez quelques minutes, puis ouvrez de nouveau le lien, ou demandez-en un nouveau.',
    refused: 'Aucun code n’a pu être obtenu.',
    valid_until: 'Ce lien est valable jusqu’à %{time}.',
  },
};
