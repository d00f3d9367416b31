// Telemetry of a running local Azure, as devices send it and as charts ask for it.
import { EventHubProducerClient } from '@azure/event-hubs';
import { type BlobItem, BlobServiceClient } from '@azure/storage-blob';
import type { apiClient } from './api-client.ts';
import type { LocalAzure } from './local-azure.ts';
import { oraclePoints, rounded, type SentReading } from './telemetry-oracle.ts';

interface PointsAnswer {
  readonly points: Parameters<typeof rounded>[0];
}

const printed = (azure: LocalAzure, what: RegExp): string => {
  const found = what.exec(azure.output())?.[1];
  if (found === undefined) throw new Error(`it did not print ${what.source}`);
  return found;
};

const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** The SDK's producer on the hub `telemetry`; whoever asked for it closes it. */
export function telemetryProducer(azure: LocalAzure): EventHubProducerClient {
  const host = printed(azure, /sb:\/\/(\S+)/);
  const access = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE';
  return new EventHubProducerClient(`Endpoint=sb://${host};${access};UseDevelopmentEmulator=true;`, 'telemetry');
}

/** The Blob Storage of this local Azure. */
export const blobsOf = (azure: LocalAzure): BlobServiceClient =>
  BlobServiceClient.fromConnectionString(
    `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};BlobEndpoint=${printed(azure, /Blobs\s+(http\S+)/)};`,
  );

export const quarantineOf = (azure: LocalAzure) => blobsOf(azure).getContainerClient('quarantine');

export async function quarantined(azure: LocalAzure): Promise<BlobItem[]> {
  const blobs: BlobItem[] = [];
  for await (const blob of quarantineOf(azure).listBlobsFlat({ includeMetadata: true })) blobs.push(blob);
  return blobs;
}

/** Whether the device's points are what an oracle makes of all that was sent, to the last reading. */
export async function isAsSent(
  api: ReturnType<typeof apiClient>,
  sent: readonly SentReading[],
  deviceId: string,
  metric: string,
  interval: '1m' | '1h',
): Promise<boolean> {
  const expected = rounded(oraclePoints(sent, deviceId, metric, interval === '1m' ? 60_000 : 3_600_000));
  const from = expected[0]?.start ?? '';
  const path = `/api/v1/telemetry/devices/${deviceId}?metric=${metric}&interval=${interval}&from=${from}`;
  const { points } = await api.get<PointsAnswer>(path);
  return JSON.stringify(rounded(points)) === JSON.stringify(expected);
}
