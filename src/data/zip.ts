// Zip archives, as little of them as numpy writes: stored and deflated entries, found by the central directory and

// checked by their CRC-32. No encryption, no parts, no entries of 4 GiB (zip64).
//   Source: PKWARE, APPNOTE.TXT 6.3.10.
import { damaged, FETCH_AGAIN, inflate } from './content.ts';
import { crc32 } from './crc32.ts';

/** Where an entry lies. */
export interface ZipEntry {
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  /** Of its local header. */
  readonly at: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;

/** The entries of an archive by their names; nothing is unpacked. */
export function entriesOfZip(bytes: Uint8Array<ArrayBuffer>, file: string): Map<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (got: string, expected: string) => damaged(file, got, expected, `It is no whole zip. ${FETCH_AGAIN}`);
  const end = endOf(view);
  if (end === undefined) throw bad('no end of a directory', 'one in the last bytes');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count !== view.getUint16(end + 8, true) || at + view.getUint32(end + 12, true) !== end)
    throw bad(`a directory at byte ${at}`, `one that ends at byte ${end}, in one part, without zip64`);
  const entries = new Map<string, ZipEntry>();
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_SIZE > end || view.getUint32(at, true) !== CENTRAL)
      throw bad(`no entry at byte ${at}`, `${count} entries in the directory`);
    const nameEnd = at + CENTRAL_SIZE + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw bad(`an entry at byte ${at} that ends at ${next}`, `one before ${end}`);
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_SIZE, nameEnd));
    if (view.getUint16(at + 8, true) & 1)
      throw damaged(file, `${name} encrypted`, 'none', 'Save it without a password.');
    if (entries.has(name)) throw bad(`${name} twice`, 'each name once');
    entries.set(name, {
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      packedSize: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    });
    at = next;
  }
  if (at !== end) throw bad(`${end - at} bytes after the last entry`, 'none');
  return entries;
}

/** The content of an entry; a view of the archive where it is stored as it is. */
export async function readEntry(
  bytes: Uint8Array<ArrayBuffer>,
  { method, checksum, packedSize, size, at }: ZipEntry,
  file: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (at + LOCAL_SIZE > bytes.length || view.getUint32(at, true) !== LOCAL)
    throw damaged(file, `no entry at byte ${at}`, 'one where the directory says', FETCH_AGAIN);
  const begin = at + LOCAL_SIZE + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const packed = bytes.subarray(begin, begin + packedSize);
  if (packed.length !== packedSize || (method === 0 && packedSize !== size))
    throw damaged(file, `${packed.length} bytes`, `${method === 0 ? size : packedSize}, as it declares`, FETCH_AGAIN);
  if (method !== 0 && method !== 8)
    throw damaged(file, `compression method ${method}`, '0 (stored) or 8 (deflated)', 'Save it with numpy.savez.');
  const content = method === 0 ? packed : await inflate(packed, 'deflate-raw', size, file);
  if (crc32(content) !== checksum) throw damaged(file, 'another CRC-32', 'that of the directory', FETCH_AGAIN);
  return content;
}

/** Its comment must reach to the last byte: nothing may follow. */
function endOf(view: DataView): number | undefined {
  for (let at = view.byteLength - END_SIZE; at >= Math.max(0, view.byteLength - END_SIZE - 0xffff); at -= 1)
    if (view.getUint32(at, true) === END && at + END_SIZE + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  return undefined;
}
