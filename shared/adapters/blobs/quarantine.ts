// Events that no consumer can handle, each a blob of its untouched body; why it is there and where it came from are its
// metadata. Put away twice, it is there once.
import type { ContainerClient } from '@azure/storage-blob';
import type { AppError } from '../../kernel/errors.ts';
import { withStorage } from '../storage-errors.ts';

export interface QuarantinedEvent {
  readonly hub: string;
  readonly consumerGroup: string;
  readonly partition: string;
  readonly offset: string;
  readonly sequenceNumber: string;
  readonly enqueuedAt: number;
  /** The dead letter that it was resubmitted from. */
  readonly deadLetterId?: string;
  readonly body: Uint8Array;
}

export interface Quarantine {
  /** @throws AppError storage-unavailable */
  put(event: QuarantinedEvent, reason: AppError): Promise<void>;
}

/** Metadata is sent as headers: ASCII, 8 KiB in all [Blob service limits]. */
const description = (text: string): string =>
  text
    .slice(0, 1000)
    .replaceAll(/[^\u0020-\u007e]/g, '?')
    .trim();

/** The name sorts by partition and offset; offsets have 20 digits there. */
export const quarantineName = ({ hub, consumerGroup, partition, offset }: QuarantinedEvent): string =>
  `${hub}/${consumerGroup}/${partition}/${offset.padStart(20, '0')}`;

export function blobQuarantine(container: ContainerClient): Quarantine {
  return {
    put: async (event, reason) => {
      const { body, partition, offset, hub, enqueuedAt } = event;
      const metadata = {
        reason: reason.code,
        description: description(reason.message),
        hub,
        consumergroup: event.consumerGroup,
        partition,
        offset,
        sequencenumber: event.sequenceNumber,
        enqueuedat: new Date(enqueuedAt).toISOString(),
        ...(event.deadLetterId === undefined ? {} : { deadletterid: event.deadLetterId }),
      };
      const blob = container.getBlockBlobClient(quarantineName(event));
      await withStorage(() => blob.uploadData(Buffer.from(body), { metadata }));
    },
  };
}
