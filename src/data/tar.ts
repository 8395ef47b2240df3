// Tar archives, as little of them as a data set needs: the regular files, by name. No links, no names beyond ustar's.
//   Source: POSIX.1-2017, pax, "ustar Interchange Format".
import { damaged, FETCH_AGAIN } from './content.ts';

const BLOCK = 512;

/** The files of an archive by their paths; views of its bytes, nothing copied. */
export function filesOfTar(bytes: Uint8Array<ArrayBuffer>, file: string): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let at = 0;
  while (at < bytes.length) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break; // the end; what pads the archive is nobody's
    if (header.length < BLOCK || !isHeader(header))
      throw damaged(file, `no header at byte ${at}`, 'a tar archive', `It is truncated or damaged. ${FETCH_AGAIN}`);
    const size = octal(header, 124, 12);
    const end = at + BLOCK + size;
    if (!(end <= bytes.length))
      throw damaged(file, `a member of ${size} bytes at byte ${at} of ${bytes.length}`, 'whole members', FETCH_AGAIN);
    const type = header[156] ?? 0;
    const prefix = text(header, 345, 155);
    const path = `${prefix ? `${prefix}/` : ''}${text(header, 0, 100)}`;
    if (type === 0 || type === 0x30) files.set(path, bytes.subarray(at + BLOCK, end));
    at = Math.ceil(end / BLOCK) * BLOCK;
  }
  if (files.size === 0) throw damaged(file, 'no files', 'a tar archive of some', FETCH_AGAIN);
  return files;
}

/** By its checksum: the sum of its bytes, those of the sum itself read as spaces. */
function isHeader(header: Uint8Array): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  return sum === octal(header, 148, 8);
}

/** NaN for what is no octal number. */
function octal(header: Uint8Array, at: number, length: number): number {
  const digits = text(header, at, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function text(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)));
}
