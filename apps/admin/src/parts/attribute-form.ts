/** Form of the name of an attribute, as the API has it. */
export const attributeForm = /^[A-Za-z_][\w.-]{0,63}$/;
