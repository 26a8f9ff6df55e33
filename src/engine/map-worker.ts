/** A worker of the worker: maps of many images take seconds of the processor, which neither training nor the page can spare. */
import { expose } from 'comlink';
import { MapMaker } from './insight/map-maker.ts';

expose(new MapMaker());
