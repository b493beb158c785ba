import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { createQueryClient } from './query-client.ts';
import { ignoreSecondClicks } from './second-clicks.ts';
import './style.css';

const root = document.querySelector('#root');
if (!root) throw new Error('the page has no #root');

ignoreSecondClicks();

createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={createQueryClient()}>
        <App />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
