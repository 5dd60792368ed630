/** `+4477******01`: enough to recognise, too little to call. */
export function maskPhone(phone: string): string {
  return phone.length <= 8 ? '*'.repeat(phone.length) : phone.slice(0, 5) + '*'.repeat(phone.length - 7) + phone.slice(-2);
}
