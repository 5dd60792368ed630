/** Returns `+4477******01`: enough to recognise the number, too little to call it. */
export function maskPhone(phone: string): string {
  return phone.length <= 8 ? '*'.repeat(phone.length) : phone.slice(0, 5) + '*'.repeat(phone.length - 7) + phone.slice(-2);
}
