export const videoLinks = (videoId: string): { readonly self: string; readonly playlist: string } => ({
  self: `/api/v1/videos/${videoId}`,
  playlist: `/api/v1/videos/${videoId}/playlist.m3u8`,
});
