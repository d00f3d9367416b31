import { AnsweredForm } from '../answered-form.tsx';
import { sendReadings } from '../api/telemetry.ts';
import { sampleReadings } from './sample-readings.ts';

export function SendReadings({ sent }: { readonly sent: (deviceId: string) => void }) {
  const send = async (field: (name: string) => string): Promise<string> => {
    const deviceId = field('deviceId');
    const { accepted, rejected } = await sendReadings(sampleReadings(deviceId, Date.now()));
    sent(deviceId);
    return `${accepted} readings accepted, ${rejected.length} rejected.`;
  };
  return (
    <AnsweredForm send={send} button="Send half an hour of readings">
      <label>
        Device
        <input
          name="deviceId"
          defaultValue="room-1"
          pattern="[\w.:\-]{1,128}"
          title="Letters, digits and _ . : -"
          spellcheck={false}
          required
        />
      </label>
    </AnsweredForm>
  );
}
