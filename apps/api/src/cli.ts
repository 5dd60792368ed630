import { onPinnedNode } from '../../../pinned-node';

onPinnedNode(() => import('./cli/program.js'));
