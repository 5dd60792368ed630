import type { accounts as en } from '../en/accounts';
import type { Words } from '../words';

export const accounts: Words<typeof en> = {
  accounts: {
    title: 'Comptes du fournisseur',
    name: 'Compte',
    provider: 'Fournisseur',
    numbers: 'Numéros',
    numbers_of: '%{smart_count} numéro |||| %{smart_count} numéros',
    no_numbers: 'Aucun numéro n’utilise ce compte.',
    close: 'Fermer',
    added: 'Ajouté',
    add: 'Ajouter un compte',
    add_do: 'Ajouter le compte',
    empty: 'Pas encore de compte du fournisseur',
    empty_text: 'Avec le jeton d’accès d’un compte, %{brand} crée, lie et retire des numéros chez le fournisseur.',
    may_not: 'Vous pouvez voir les comptes du fournisseur, mais pas les modifier. Les opérateurs et les administrateurs le peuvent.',
    more: 'Plus sur %{name}',
    check: 'Vérifier',
    checking: 'Vérification',
    check_good:
      'Le fournisseur accepte le jeton de « %{name} ». Il y a %{smart_count} session. |||| Le fournisseur accepte le jeton de « %{name} ». Il y a %{smart_count} sessions.',
    check_bad: 'Le jeton de « %{name} » ne fonctionne pas.',
    rename: 'Renommer',
    replace: 'Remplacer le jeton',
    remove: 'Retirer',
    in_use: 'Des numéros l’utilisent encore.',
    form: {
      name: 'Nom',
      name_help: 'Seules les personnes du panneau le voient.',
      token: 'Jeton d’accès',
      token_help: 'Le fournisseur le montre sur la page de votre compte. Il y est vérifié, conservé scellé et n’est plus jamais montré.',
    },
    save_name: 'Enregistrer le nom',
    save_token: 'Utiliser ce jeton',
    replace_text: 'Le nouveau jeton est d’abord vérifié chez le fournisseur. S’il est refusé, l’ancien reste.',
    keep: 'Ne rien changer',
    remove_title: 'Retirer le compte « %{name} » ?',
    remove_text: '%{brand} oublie son jeton. Chez le fournisseur, rien ne change.',
    remove_do: 'Retirer le compte',
  },
};
