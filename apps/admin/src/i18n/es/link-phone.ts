import type { linkPhone as en } from '../en/link-phone';
import type { Words } from '../words';

export const linkPhone: Words<typeof en> = {
  link_phone: {
    title: 'Vincule su teléfono',
    title_for: 'Vincule su teléfono como %{name}',
    lead: 'Solo necesita su teléfono y esta pantalla. Mantenga abierta esta página hasta que diga que funcionó.',
    other_screen:
      'Abra esta página en una segunda pantalla, como un ordenador o una tableta: el teléfono con WhatsApp escanea el código desde ahí.',
    step_open: 'Abra WhatsApp en el teléfono que se va a vincular.',
    idle: 'Un código vale menos de un minuto. Muéstrelo cuando tenga el teléfono a mano.',
    show: 'Mostrar el código',
    asking: 'Pidiendo un código',
    new_code: 'Mostrar un código nuevo',
    stopped: 'Este código es viejo y nadie lo escaneó en varios minutos.',
    passkey: 'WhatsApp pide una clave de acceso. Confírmela en el teléfono.',
    connecting: 'El teléfono escaneó el código.',
    connecting_text: 'WhatsApp se está conectando; tarda unos segundos. Deje el teléfono desbloqueado.',
    linked: 'Funcionó.',
    linked_text: 'Este teléfono está vinculado como %{name}. Puede cerrar esta página.',
    other_phone: 'Se vinculó un teléfono distinto del esperado.',
    other_phone_text: 'No se envía nada desde él hasta que lo vean las personas que le dieron este enlace. Avíseles, por favor.',
    used: 'Se vinculó un teléfono con este enlace.',
    used_text: 'Aquí no queda nada por hacer.',
    expired: 'Este enlace es demasiado viejo.',
    expired_text: 'Un enlace vale diez minutos. Pida uno nuevo.',
    unknown: 'Este enlace no funciona.',
    unknown_text: 'Se retiró, se hizo uno más nuevo o no se copió entero. Pida uno nuevo.',
    offline: 'Ahora no se puede alcanzar la página.',
    offline_text: 'Lo intenta de nuevo por sí sola.',
    too_many: 'Demasiados intentos.',
    too_many_text: 'Espere unos minutos y abra el enlace de nuevo, o pida uno nuevo.',
    refused: 'No se pudo obtener ningún código.',
    valid_until: 'Este enlace vale hasta las %{time}.',
  },
};
