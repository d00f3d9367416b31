import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/ask.ts';

interface PlayerProps {
  readonly playlistUrl: string;
  readonly poster: string | undefined;
}

/** Plays HLS: by hls.js where the browser has Media Source Extensions, else by the browser itself. */
export function Player({ playlistUrl, poster }: PlayerProps) {
  const screen = useRef<HTMLVideoElement>(null);
  const [fault, setFault] = useState('');
  useEffect(() => {
    let leave = (): void => {};
    let left = false;
    const play = async (element: HTMLVideoElement): Promise<void> => {
      const { default: Hls } = await import('hls.js');
      if (left) return;
      if (!Hls.isSupported()) {
        element.src = playlistUrl;
        return;
      }
      const hls = new Hls();
      leave = () => hls.destroy();
      hls.on(Hls.Events.ERROR, (_event, { fatal, details }) => {
        if (fatal) setFault(`The player stopped: ${details}. Choose the video again.`);
      });
      hls.loadSource(playlistUrl);
      hls.attachMedia(element);
    };
    if (screen.current !== null) {
      play(screen.current).catch((error: unknown) => setFault(`The player did not start: ${messageOf(error)}`));
    }
    return () => {
      left = true;
      leave();
    };
  }, [playlistUrl]);
  return (
    <>
      <video ref={screen} controls playsInline preload="metadata" {...(poster === undefined ? {} : { poster })} />
      <output>{fault}</output>
    </>
  );
}
