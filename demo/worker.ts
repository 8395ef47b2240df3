// The entry of the page's worker.
import { serve } from '../src/worker/index.ts';
import { createService } from './service.ts';

serve(createService());
