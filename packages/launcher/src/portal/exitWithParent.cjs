// Loaded into the portal's process: when the launcher is gone, however it
// ended, the channel to it closes and the portal goes too.
process.on('disconnect', () => process.exit(0));
