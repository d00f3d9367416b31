import { useState } from 'preact/hooks';
import type { Device } from '../api/telemetry.ts';
import { Picker } from '../picker.tsx';
import { timeOf } from '../text.ts';
import { DeviceMetric } from './device-metric.tsx';
import { SendReadings } from './send-readings.tsx';

export function Devices({ devices }: { readonly devices: readonly Device[] | undefined }) {
  const [chosen, choose] = useState('');
  return (
    <section aria-labelledby="devices">
      <h2 id="devices">Devices</h2>
      <SendReadings sent={choose} />
      <Picker
        label="Devices"
        items={devices}
        empty="No device has sent a reading yet."
        idOf={({ deviceId }) => deviceId}
        chosen={chosen}
        choose={choose}
      >
        {({ deviceId, lastSeenAt }) => (
          <>
            <span class="name">{deviceId}</span>
            {lastSeenAt === undefined ? null : <time dateTime={lastSeenAt}>last seen {timeOf(lastSeenAt)}</time>}
          </>
        )}
      </Picker>
      <div class="detail">
        {chosen === '' ? (
          <p class="quiet">Choose a device to see its readings.</p>
        ) : (
          <DeviceMetric
            key={chosen}
            deviceId={chosen}
            lastSeenAt={devices?.find(({ deviceId }) => deviceId === chosen)?.lastSeenAt}
          />
        )}
      </div>
    </section>
  );
}
