import type { pools as en } from '../en/pools';
import type { Words } from '../words';

export const pools: Words<typeof en> = {
  pools: {
    name: 'Groupe',
    day: 'Envoyé aujourd’hui, du plafond',
    hour: 'Cette heure, du plafond',
    members: 'Numéros',
    zone: 'Le jour commence à minuit à',
    no_cap: 'sans plafond',
    add: 'Créer un groupe',
    create: 'Créer le groupe',
    empty: 'Pas encore de groupes de plafonds',
    empty_text:
      'Un groupe est un plafond que plusieurs numéros partagent, par exemple 20 000 messages par jour pour tous les numéros d’un pays.',
    may_not: 'Vous pouvez voir les groupes de plafonds, mais pas les modifier. Les opérateurs et les administrateurs le peuvent.',
    more: 'Plus sur %{name}',
    edit: 'Modifier les plafonds',
    remove: 'Retirer',
    in_use: 'Des numéros l’utilisent encore. Sortez-les d’abord du groupe, dans leurs limites.',
    close: 'Fermer',
    keep: 'Ne rien changer',
    no_members: 'Aucun numéro n’est encore dans ce groupe. Choisissez le groupe dans les limites d’un numéro.',
    form: {
      name: 'Nom',
      name_help:
        'Lettres, chiffres, points, tirets et traits de soulignement. Les numéros le nomment dans leurs limites ; il ne peut plus changer ensuite.',
      day: 'Messages par jour',
      hour: 'Messages par heure',
      cap_help: 'Pour tous ses numéros. Vide : sans plafond.',
      zone: 'Fuseau horaire',
      zone_help: 'Le jour y commence à minuit.',
      exists: 'Il y a déjà un groupe de ce nom.',
      changed: 'Quelqu’un a modifié ce groupe entre-temps. Enregistrez de nouveau pour mettre vos plafonds par-dessus.',
    },
    save: 'Enregistrer les plafonds',
    remove_title: 'Retirer le groupe « %{name} » ?',
    remove_text: 'Aucun numéro ne l’utilise, rien n’est donc envoyé plus vite ni plus lentement.',
    remove_do: 'Retirer le groupe',
  },
};
