package faulttest
