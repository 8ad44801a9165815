#!/bin/sh
# Part of others.
