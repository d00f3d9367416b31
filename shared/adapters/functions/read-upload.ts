// The uploaded file of a request as a stream, whether it is the body itself or the first file of a form [RFC 7578].
import { Readable } from 'node:stream';
import type { HttpRequest } from '@azure/functions';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { AppError } from '../../kernel/errors.ts';

export interface UploadedFile {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly contentType: string;
  /** As a form names it. */
  readonly fileName: string | undefined;
}

const fallbackType = 'application/octet-stream';

/** @throws AppError invalid-request when there is no file; reading `chunks` throws upload-incomplete when it breaks off */
export async function readUpload(request: HttpRequest): Promise<UploadedFile> {
  const type = request.headers.get('content-type') ?? fallbackType;
  const body = bodyOf(request);
  if (!/^multipart\/form-data\b/i.test(type)) {
    return { chunks: body, contentType: type.split(';')[0]?.trim() || fallbackType, fileName: undefined };
  }
  return await firstFile(body, type);
}

/** Read by hand: leaving a `for await` cancels the body, which cuts the connection before the answer is on it. */
async function* bodyOf(request: HttpRequest): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  try {
    for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) yield chunk.value;
  } catch (cause) {
    throw incomplete(cause);
  }
}

function firstFile(body: AsyncIterable<Uint8Array>, type: string): Promise<UploadedFile> {
  return new Promise((resolve, reject) => {
    const form = formReader(type);
    const source = Readable.from(body, { objectMode: false });
    form.once('file', (_field, file, fileName, _encoding, contentType) => {
      // A form that breaks off ends its file too: that must not pass for the whole.
      source.once('error', (error) => file.destroy(error));
      resolve({ chunks: wholeFile(file), contentType, fileName: fileName || undefined });
    });
    form.once('finish', () =>
      reject(new AppError('invalid-request', 'The form holds no file: add one field with the film')),
    );
    form.once('error', (cause: unknown) => reject(malformed(cause)));
    source.once('error', reject);
    source.pipe(form);
  });
}

/** @throws AppError invalid-request for a type without its boundary */
function formReader(type: string): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': type }, limits: { files: 1, fieldSize: 64 * 1024 } });
  } catch (cause) {
    throw malformed(cause);
  }
}

async function* wholeFile(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* file;
  } catch (cause) {
    throw cause instanceof AppError ? cause : incomplete(cause);
  }
}

const incomplete = (cause: unknown): AppError =>
  new AppError('upload-incomplete', 'The upload broke off: send it again', { cause });

const malformed = (cause: unknown): AppError =>
  new AppError('invalid-request', 'The form cannot be read as multipart/form-data', { cause });
