import '@testing-library/jest-dom/vitest';
import './testing/server';
import { cleanup, configure } from '@testing-library/react';

configure({ asyncUtilTimeout: 10_000 });
afterEach(cleanup);
