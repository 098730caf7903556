/** Run by `program_test.ts`: a program that imports by a bare name and answers with its argument. */

import { assertEquals } from "@std/assert";
import process from "node:process";

assertEquals([1], [1]);
console.log(`argument ${process.argv[2]}`);
