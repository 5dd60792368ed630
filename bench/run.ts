import { onPinnedNode } from '../pinned-node';

onPinnedNode(() => import('./bench-command.js'));
