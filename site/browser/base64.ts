/** Bytes as text. */

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** What the build packed into an attribute, so that it is neither read nor searched. */
export function unpacked<Value>({ dataset }: HTMLElement): Value {
  return JSON.parse(new TextDecoder().decode(bytes(dataset.packed ?? "")));
}
