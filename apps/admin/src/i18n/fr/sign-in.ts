import type { signIn as en } from '../en/sign-in';
import type { Words } from '../words';

export const signIn: Words<typeof en> = {
  sign_in: {
    over: 'Votre connexion est terminée. Reconnectez-vous et la page où vous étiez s’ouvrira.',
    show_password: 'Afficher le mot de passe',
    title: 'Se connecter',
    code_title: 'Votre code',
    lead_password: 'Avec l’adresse e-mail de votre invitation.',
    lead_totp: 'Saisissez les six chiffres que montre votre application d’authentification.',
    lead_recovery: 'Saisissez un des codes de secours que vous avez gardés. Chacun sert une fois.',
    email: 'E-mail',
    password: 'Mot de passe',
    code: 'Code',
    recovery_code: 'Code de secours',
    submit: 'Se connecter',
    busy: 'Connexion',
    oidc: 'Se connecter avec %{name}',
    oidc_refused: 'Cette connexion n’a pas abouti. Seules les personnes invitées entrent, avec le même e-mail.',
    forgot: 'Mot de passe oublié ?',
    use_recovery: 'Utiliser un code de secours',
    use_totp: 'Utiliser l’application d’authentification',
  },
  reset: {
    title: 'Définir un nouveau mot de passe',
    lead: 'Nous envoyons un lien à votre adresse. Il sert une fois, pendant une heure.',
    sent: 'Si cette adresse est celle d’une personne d’ici, un lien est en route. Aucun e-mail après quelques minutes ? Demandez un lien à un administrateur.',
    submit: 'Envoyer le lien',
    back: 'Retour à la connexion',
  },
  set_password: {
    title: 'Choisissez un mot de passe',
    lead: 'Il vous connecte aussitôt.',
    password: 'Nouveau mot de passe',
    help: 'Au moins 12 caractères. Une phrase convient bien.',
    submit: 'Définir le mot de passe',
  },
  link: {
    title: 'Se connecter avec votre lien',
    lead: 'Ce lien sert une fois.',
    submit: 'Se connecter',
  },
};
