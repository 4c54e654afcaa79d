import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** The host that `npm run dev` shows the page of: what is not the page goes there. */
const host = process.env.STEPWELL_ENDPOINT ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/console/',
  plugins: [svelte()],
  build: {
    target: 'es2023',
    // The page's policy has no inline scripts, styles or data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What most pages have is one file: many small ones compress worse.
          groups: [{ name: 'shared', test: /console\/src\/(ui|api)\/[^/]+$/, minShareCount: 3 }],
        },
      },
    },
  },
  server: {
    proxy: {
      '^/$': {
        target: host,
        bypass: (request) => (request.method === 'POST' ? undefined : '/console/'),
      },
      '/console/host.json': { target: host },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    // What hangs is to fail; what shares its machine with a build is not.
    testTimeout: 60_000,
  },
} as ReturnType<typeof defineConfig>)
