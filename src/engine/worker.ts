import { expose } from 'comlink';
import { TrainerService } from './run/service.ts';

expose(new TrainerService());
