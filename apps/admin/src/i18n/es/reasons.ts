import type { reasons as en } from '../en/reasons';
import type { Words } from '../words';

export const reasons: Words<typeof en> = {
  agency_suppressed: {
    text: 'La dirección está en la lista de supresión de toda la instalación.',
    do: 'Consulte a quienes administran la instalación.',
  },
  answer_lost: { text: 'La respuesta del proveedor se perdió. Se buscan pruebas.', do: 'Espere.' },
  answer_mismatched: {
    text: 'La respuesta del proveedor nombró a otro destinatario. Se buscan pruebas; el mensaje nunca se reenvía por sí solo.',
    do: 'Pregunte al destinatario y avise al proveedor.',
  },
  answer_unreadable: { text: 'No se pudo leer la respuesta del proveedor. Se buscan pruebas.', do: 'Espere.' },
  bad_number: {
    text: 'El número no está en WhatsApp, o los mensajes a él fallaron repetidas veces.',
    do: 'Compruebe el número. Si es correcto, levante la supresión.',
  },
  callback_undelivered: {
    text: 'El endpoint no aceptó ninguno de los intentos de un callback.',
    do: 'Repare el endpoint y luego reprocese.',
  },
  campaign_over: {
    text: 'La campaña del mensaje terminó: ya no se envía nada de ella.',
    do: 'Descarte la carta. Para llegar a la persona, envíe un mensaje nuevo o haga una campaña de seguimiento.',
  },
  cancelled: { text: 'El mensaje se canceló.', do: 'Nada.' },
  claim_lost: { text: 'Un worker había tomado el mensaje y está probado que no lo envió. Volvió a su cola.', do: 'Espere.' },
  discarded: { text: 'Una persona descartó el mensaje.', do: 'Nada.' },
  duplicate: { text: 'El contacto se fusionó con otro que tiene un mensaje de la misma campaña.', do: 'Nada.' },
  duplicate_content: {
    text: 'El mismo contenido fue a la misma persona poco antes, dentro del plazo de la protección contra copias.',
    do: 'Nada, o acorte ese plazo en los ajustes.',
  },
  evidence: { text: 'Un eco de WhatsApp o el registro del proveedor probó que el mensaje se envió.', do: 'Nada.' },
  expired: { text: 'El mensaje caducó antes de poder enviarse.', do: 'Envíe un mensaje nuevo.' },
  file_failed: {
    text: 'El proveedor no acepta el archivo del mensaje, o el archivo ya no existe.',
    do: 'Lea la respuesta del proveedor en el detalle. Envíe otro archivo.',
  },
  file_unavailable: {
    text: 'El proveedor aún no tiene el archivo del mensaje. El mensaje espera en su cola.',
    do: 'Espere. Si se alarga, lea el detalle: la subida falla.',
  },
  frequency_cap: {
    text: 'La persona recibió tantos mensajes de campañas como permite el límite de frecuencia del cliente.',
    do: 'Nada, o suba el límite.',
  },
  group_cancelled: {
    text: 'El grupo del mensaje se canceló.',
    do: 'Descarte la carta. Para llegar a la persona, envíe un mensaje nuevo.',
  },
  import_undone: {
    text: 'Se deshizo la importación que trajo a la persona o registró su consentimiento.',
    do: 'Nada. Importe a las personas correctas y envíeles a ellas.',
  },
  invalid_content: { text: 'El proveedor rechazó el contenido.', do: 'Compruebe el enlace del archivo, su tamaño y los campos.' },
  invalid_recipient: { text: 'La dirección no está en WhatsApp.', do: 'Corrija el número y reprocese con el nuevo.' },
  late_answer: { text: 'La respuesta de un intento anterior llegó demasiado tarde para contar.', do: 'Nada.' },
  may_duplicate: {
    text: 'La base de datos se restauró de una copia de seguridad, y una persona liberó el mensaje aunque quizá ya se había enviado.',
    do: 'Nada, o pregunte al destinatario.',
  },
  message_deleted: { text: 'El mensaje se eliminó.', do: 'Descarte la carta. Para llegar a la persona, envíe un mensaje nuevo.' },
  missed_window: {
    text: 'El horario de envío del mensaje terminó, y su campaña omite lo que llega tarde.',
    do: 'Envíe una campaña nueva a estas personas, o deje que los mensajes tardíos esperen el próximo horario de envío.',
  },
  no_consent: {
    text: 'La persona ya no tiene el consentimiento para marketing que exige la campaña.',
    do: 'Descarte la carta, o registre un consentimiento que la persona haya dado.',
  },
  not_found: {
    text: 'El proveedor no conoce el mensaje citado o el grupo.',
    do: 'Compruebe el mensaje citado o el grupo.',
  },
  not_sent: { text: 'No se pudo llegar al proveedor. Se intenta de nuevo.', do: 'Espere.' },
  opted_out: { text: 'La persona pidió la baja.', do: 'Nada. La persona puede volver a dar su consentimiento.' },
  outcome_not_written: {
    text: 'No se pudo guardar la respuesta del proveedor. El mensaje volvió a su cola, o se buscan pruebas.',
    do: 'Espere. El registro del worker muestra el error de la base de datos.',
  },
  outcome_unknown: {
    text: 'La respuesta del proveedor se perdió y no se encontró ninguna prueba.',
    do: 'Pregunte al destinatario, o reprocese y acepte una posible segunda copia.',
  },
  provider_error: {
    text: 'WhatsApp comunicó un error después de que el proveedor hubiera aceptado el mensaje.',
    do: 'Compruebe el número y luego reprocese.',
  },
  redriven: { text: 'Una persona o el ajuste del cliente envió el mensaje de nuevo.', do: 'Nada.' },
  refused: { text: 'El proveedor rechazó el mensaje de forma definitiva.', do: 'Lea la respuesta del proveedor en el detalle.' },
  refused_broker_message: {
    text: 'El mensaje de un broker se leyó, pero no se pudo guardar.',
    do: 'Lea el detalle. Corrija el remitente, o corrija aquello a lo que se refiere el mensaje y reprocese.',
  },
  retries_exhausted: {
    text: 'No se pudo llegar al proveedor en ocho intentos.',
    do: 'Reprocese cuando el proveedor vuelva a responder.',
  },
  session_down: { text: 'El número no está conectado.', do: 'Vincule el número de nuevo.' },
  source_unavailable: {
    text: 'En este momento no se puede leer aquello de lo que se compone el texto del mensaje. El mensaje espera en su cola.',
    do: 'Espere. Si se alarga, compruebe si los workers están listos.',
  },
  suppressed: { text: 'La dirección está en la lista de supresión.', do: 'Levante la supresión.' },
  template_failed: {
    text: 'No se pudo componer el texto a partir de su plantilla y sus variables.',
    do: 'Lea el detalle. Corrija la plantilla y reprocese, o reprocese con un texto propio.',
  },
  throttled: { text: 'El proveedor pidió al número que esperara.', do: 'Espere. Si se repite, baje el ritmo.' },
  unauthorised: { text: 'El proveedor rechaza la clave del número.', do: 'Ponga la clave actual.' },
  unreadable_broker_message: {
    text: 'El mensaje de un broker no es un CloudEvent legible.',
    do: 'Lea el detalle y corrija el remitente. Reprocesar solo ayuda tras una actualización.',
  },
  unreadable_hook: { text: 'No se pudo leer un hook.', do: 'Reprocese tras una actualización, o descarte.' },
  worker_died: {
    text: 'El proceso que enviaba el mensaje terminó. El mensaje volvió a su cola, o se buscan pruebas.',
    do: 'Espere.',
  },
};
