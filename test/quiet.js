'use strict';
// What services log is not what a test run is read for; a test of logging makes its own logger.
require('@nestjs/common').Logger.overrideLogger(false);
