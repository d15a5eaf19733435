/** What Expo puts in the place of `process.env.EXPO_PUBLIC_*`: https://docs.expo.dev/guides/environment-variables/ */
declare namespace NodeJS {
  interface ProcessEnv {
    EXPO_PUBLIC_API_URL?: string;
    EXPO_PUBLIC_API_KEY?: string;
  }
  interface Process {
    env: ProcessEnv;
  }
}
declare var process: NodeJS.Process;
