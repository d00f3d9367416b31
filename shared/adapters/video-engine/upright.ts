import type { Probe } from '../../videos/video-engine.ts';

/** Filters that turn a picture as its player would: nothing does that by itself here. */
export const upright: Readonly<Record<Probe['rotation'], string>> = {
  0: '',
  90: 'transpose=clock,',
  180: 'hflip,vflip,',
  270: 'transpose=cclock,',
};
