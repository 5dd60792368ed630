import { declareLogFields } from '@heliograph/kernel';

declareLogFields({ hidden: ['recipient'] });
