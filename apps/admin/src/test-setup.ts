import '@testing-library/jest-dom/vitest';
import './testing/server';
import { cleanup } from '@testing-library/react';

afterEach(cleanup);
